import type { Modality } from '../conversation/modality.ts'
import type { Parameter } from '../crossmodal/parameters.ts'
import { EmographError } from '../errors.ts'
import type { CorectConfig } from './config.ts'
import type { StoredTensor } from './safetensors.ts'

/** Where a parameter of ours is found in the published PyTorch code, and how its numbers lie there. */
export interface PublishedParameter {
  readonly name: string
  /** torch.nn.Linear keeps [out, in], we keep [in, out]. */
  readonly transposed: boolean
  /** A third of a packed in_proj (rows of query, then key, then value). */
  readonly third?: 0 | 1 | 2
}

const ENCODERS = { text: 'encoder.text_encoder', audio: 'encoder.audio_encoder', visual: 'encoder.vision_encoder' }

/**
 * The letters by which the published code calls the modalities' slots in its cross-modal part. Its encoder gives back
 * (text, audio, visual) but binds them to a, t, v in that order: the i-th modality of ours has the i-th of its letters,
 * so with text and audio, `a` is text and `t` is audio.
 */
export function publishedLetters(modalities: readonly Modality[]): ReadonlyMap<Modality, string> {
  const letters = modalities.map((modality) => modality[0]!).toSorted()
  return new Map(modalities.map((modality, i) => [modality, letters[i]!]))
}

/** The published place of a parameter; undefined for those that the published model does not have. */
export function publishedParameter(parameter: Parameter, config: CorectConfig): PublishedParameter | undefined {
  const { name, shape } = parameter
  if (name.startsWith('absent.')) return undefined
  const path = publishedPath(name, config)
  const third = (['query', 'key', 'value'] as const).findIndex((part) => path.endsWith(`.self_attn.${part}`))
  const matrix = shape.length === 2 && !['speaker.embedding', 'graph.rgcn.root'].includes(name)
  const leaf = name.slice(name.lastIndexOf('.') + 1)
  if (third >= 0) {
    const packed = path.replace(/\.\w+$/, `.in_proj_${leaf}`)
    return { name: packed, transposed: matrix, third: third as 0 | 1 | 2 }
  }
  return { name: `${path}.${PUBLISHED_LEAVES[leaf] ?? leaf}`, transposed: matrix }
}

const PUBLISHED_LEAVES: Readonly<Record<string, string>> = {
  embedding: 'weight',
  runningMean: 'running_mean',
  runningVariance: 'running_var',
}

/** All of the name but its leaf, by the published modules' names. */
function publishedPath(name: string, config: CorectConfig): string {
  const parts = name.split('.').slice(0, -1)
  const [area, ...rest] = parts
  const inner = rest.join('.')
  const graph: Readonly<Record<string, string>> = { rgcn: 'conv1', norm: 'bn' }
  switch (area) {
    case 'speaker':
      return 'speaker_embedding'
    case 'classifier':
      return inner === 'inner' ? 'clf.lin1' : 'clf.lin2'
    case 'graph':
      return `graph_model.gnn.${graph[inner] ?? inner.replace('transformer.', 'conv2.lin_')}`
    case 'audio':
    case 'visual':
      return `${ENCODERS[area]}.${inner === 'inner' ? 0 : 2}`
    case 'text': {
      if (inner === 'projection') return `${ENCODERS.text}.transformer_out`
      const layer = inner
        .replace('encoder.', 'transformer_encoder.layers.')
        .replace('feedForward.inner', 'linear1')
        .replace('feedForward.outer', 'linear2')
        .replace('attentionNorm', 'norm1')
        .replace('feedForwardNorm', 'norm2')
      return `${ENCODERS.text}.${attention(layer)}`
    }
    default:
      return `crossmodal.layers.${crossmodalPath(rest, config)}`
  }
}

/** `text.audio.0.attention.query` -> `at.layers.0.self_attn.query`, `memory.text.norm` -> `mem_a.layer_norm`. */
function crossmodalPath([first, second, ...rest]: readonly string[], config: CorectConfig): string {
  const transformer = publishedTransformer(`${first}.${second}`, config.modalities)
  if (rest[0] === 'norm') return `${transformer}.layer_norm`
  const layer = rest
    .join('.')
    .replace('feedForward.inner', 'fc1')
    .replace('feedForward.outer', 'fc2')
    .replace('attentionNorm', 'layer_norms.0')
    .replace('feedForwardNorm', 'layer_norms.1')
  return `${transformer}.layers.${attention(layer)}`
}

/** `text.audio` -> `at`, `memory.text` -> `mem_a`. */
function publishedTransformer(name: string, modalities: readonly Modality[]): string {
  const letters = publishedLetters(modalities)
  const [first, second] = name.split('.') as [Modality | 'memory', Modality]
  return first === 'memory' ? `mem_${letters.get(second)}` : `${letters.get(first)}${letters.get(second)}`
}

const attention = (path: string): string =>
  path.replace('.attention.output', '.self_attn.out_proj').replace('.attention.', '.self_attn.')

/** Published name of an intermediate output of ours (a name of the forward pass's trace). */
export function publishedOutput(trace: string, modalities: readonly Modality[]): string {
  const [area, inner = ''] = [trace.slice(0, Math.max(0, trace.indexOf('.'))), trace.slice(trace.indexOf('.') + 1)]
  const graph: Readonly<Record<string, string>> = { rgcn: 'conv1', transformer: 'conv2', norm: 'bn' }
  if (area === 'unimodal') return ENCODERS[inner as Modality]
  if (area === 'crossmodal') return `crossmodal.layers.${publishedTransformer(inner, modalities)}`
  if (area === 'graph') return `graph_model.gnn.${graph[inner]}`
  return trace === 'graph' ? 'graph_model' : trace
}

/**
 * The numbers of one parameter in our layout, from a published tensor (weights or gradients alike).
 * @throws EMO_SHAPE_MISMATCH when the published tensor is absent or of another size.
 */
export function fromPublished(
  parameter: Parameter,
  published: PublishedParameter,
  tensor: StoredTensor | undefined,
): Float32Array {
  const size = parameter.shape.reduce((product, length) => product * length, 1)
  const parts = published.third === undefined ? 1 : 3
  if (tensor?.data.length !== size * parts) {
    const got = tensor === undefined ? 'none' : `shape [${tensor.shape}]`
    throw new EmographError('EMO_SHAPE_MISMATCH', { field: published.name, expected: `${size * parts} numbers`, got })
  }
  const start = size * (published.third ?? 0)
  const values = Float32Array.from(tensor.data.subarray(start, start + size))
  if (!published.transposed) return values
  const [inner, outer] = parameter.shape as [number, number]
  return Float32Array.from(values, (_, k) => values[(k % outer) * inner + Math.floor(k / outer)]!)
}

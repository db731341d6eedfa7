import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { LABEL_SET_NAMES, LABEL_SETS, type LabelSetName } from '../conversation/label-sets.ts'
import type { Modality, PerModality } from '../conversation/modality.ts'
import { EmographError } from '../errors.ts'
import { type CorectConfig, parseCorectConfig } from './config.ts'
import type { PreparedConversation } from './prepare.ts'
import { readSafetensors, type StoredTensor } from './safetensors.ts'

const LETTERS = { t: 'text', a: 'audio', v: 'visual' } as const satisfies Record<string, Modality>
const letterSchema = z.enum(['t', 'a', 'v'])
const count = z.int().positive()

/** `metadata.config` of a fixture: the published code's names for its options. */
const fixtureConfigSchema = z.object({
  modalities: z.array(letterSchema).min(1),
  utterances: count,
  /** -1: no limit. An edge's target lies in [j - wp, j + wf) of its source j. */
  wp: z.int().min(-1),
  wf: z
    .int()
    .min(-1)
    .refine((wf) => wf !== 0, 'wf >= 1, or -1: with 0 a node has no edge to itself'),
  dims: z.partialRecord(letterSchema, count),
  hidden: count,
  graph_transformer_heads: count,
  crossmodal_heads: count,
  crossmodal_layers: count,
  self_attention_heads: count,
  self_attention_layers: count,
  text_encoder_layers: count,
  text_encoder_heads: count,
  classes: count,
  dropout: z.literal(0),
  adam: z.object({ lr: z.number(), beta1: z.number(), beta2: z.number(), eps: z.number() }),
})

/** A run of the published PyTorch code, recorded: what a port is held against. */
export interface PublishedFixture {
  readonly file: string
  readonly config: CorectConfig
  readonly conversation: PreparedConversation
  readonly adam: { readonly lr: number; readonly beta1: number; readonly beta2: number; readonly eps: number }
  /** Row of the RGCN weights by the published key of the relation. */
  readonly relations: Readonly<Record<string, number>>
  readonly tensors: ReadonlyMap<string, StoredTensor>
}

/**
 * Reads a fixture file: weights, inputs, edges, expected outputs, gradients and training steps of the published code.
 * @throws EMO_FILE_MISSING, EMO_SAFETENSORS_HEADER, EMO_SAFETENSORS_DATA; EMO_FILE_FORMAT when it is no such fixture.
 */
export async function readPublishedFixture(file: string): Promise<PublishedFixture> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new EmographError('EMO_FILE_MISSING', { file, cause })
  })
  return parsePublishedFixture(bytes, file)
}

/** {@link readPublishedFixture} from bytes. */
export function parsePublishedFixture(bytes: Uint8Array, file: string): PublishedFixture {
  const { tensors, metadata } = readSafetensors(bytes, file)
  const published = metadataOf(metadata, 'config', fixtureConfigSchema, file)
  const relations = metadataOf(metadata, 'relations', z.record(z.string(), z.int().nonnegative()), file)
  const tensor = (name: string): StoredTensor => {
    const found = tensors.get(name)
    if (found !== undefined) return found
    throw new EmographError('EMO_FILE_FORMAT', { file, field: name, expected: 'a tensor of this name', got: 'none' })
  }
  const modalities = published.modalities.map((letter) => LETTERS[letter])
  const length = published.utterances
  const feedForward = 'weight/encoder.text_encoder.transformer_encoder.layers.0.linear1.bias'
  const config = parseCorectConfig(
    {
      modalities,
      featureSizes: Object.fromEntries(
        published.modalities.map((letter) => [LETTERS[letter], published.dims[letter]] as const),
      ),
      labelSet: labelSetOf(published.classes, file),
      hidden: published.hidden,
      past: published.wf === -1 ? length : published.wf - 1,
      future: published.wp === -1 ? length : published.wp,
      speakers: tensor('weight/speaker_embedding.weight').shape[0],
      graphHeads: published.graph_transformer_heads,
      crossmodalHeads: published.crossmodal_heads,
      crossmodalLayers: published.crossmodal_layers,
      selfAttentionHeads: published.self_attention_heads,
      selfAttentionLayers: published.self_attention_layers,
      textEncoderLayers: published.text_encoder_layers,
      textEncoderHeads: published.text_encoder_heads,
      ...(modalities.includes('text') ? { textEncoderFeedForward: tensor(feedForward).shape[0] } : {}),
      maxHistory: length,
      dropout: { textEncoder: 0, classifier: 0 },
    },
    file,
  )
  const features: PerModality<Float32Array> = {}
  const present: PerModality<Uint8Array> = {}
  for (const modality of config.modalities) {
    features[modality] = Float32Array.from(tensor(`input/${modality}`).data)
    present[modality] = new Uint8Array(length).fill(1)
  }
  const speakers = Int32Array.from(tensor('input/speaker').data)
  const labels = Int32Array.from(tensor('input/label').data)
  return {
    file,
    config,
    conversation: { id: file, length, features, present, speakers, labels },
    adam: published.adam,
    relations,
    tensors,
  }
}

function metadataOf<T>(metadata: Readonly<Record<string, string>>, key: string, schema: z.ZodType<T>, file: string): T {
  try {
    return schema.parse(JSON.parse(metadata[key] ?? 'null'))
  } catch (cause) {
    const expected = cause instanceof z.ZodError ? z.prettifyError(cause) : 'JSON'
    throw new EmographError('EMO_FILE_FORMAT', { file, field: `metadata ${key}`, expected, cause })
  }
}

/** A label set with that many classes: verification needs their number only. */
function labelSetOf(classes: number, file: string): LabelSetName {
  const name = LABEL_SET_NAMES.find((candidate) => LABEL_SETS[candidate].length === classes)
  if (name !== undefined) return name
  throw new EmographError('EMO_FILE_FORMAT', {
    file,
    field: 'metadata config.classes',
    expected: `one of ${LABEL_SET_NAMES.map((candidate) => LABEL_SETS[candidate].length).join(', ')}`,
    got: `${classes}`,
  })
}

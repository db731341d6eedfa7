import type * as tf from '@tensorflow/tfjs'
import { linearParameters } from '../crossmodal/linear.ts'
import { pairwiseParameters } from '../crossmodal/pairwise.ts'
import { type Parameter, scope, type Weights, within, xavier } from '../crossmodal/parameters.ts'
import { EmographError } from '../errors.ts'
import { relationCount } from '../graph/relations.ts'
import type { RgcnWeights } from '../graph/rgcn-conv.ts'
import type { TransformerConvWeights } from '../graph/transformer-conv.ts'
import { batchNormParameters } from './batch-norm.ts'
import { classifierParameters } from './classifier.ts'
import { type CorectConfig, classCount, coreConfig } from './config.ts'
import { lateParameters } from './late-fusion.ts'
import { unimodalParameters } from './unimodal.ts'

/**
 * Every parameter of the model, in the order in which the forward pass meets them, with the beginnings of the published
 * code: PyTorch's and PyTorch Geometric's defaults, Xavier in the cross-modal transformers.
 */
export function corectParameters(given: CorectConfig): Parameter[] {
  const config = coreConfig(given)
  const { modalities, hidden, graphHeads } = config
  const M = modalities.length
  const wide = graphHeads * hidden
  const views = (M - 1) * hidden
  const zero = { constant: 0 }
  return [
    ...modalities.flatMap((modality) => within(modality, unimodalParameters(modality, config))),
    { name: 'speaker.embedding', shape: [config.speakers, hidden], initial: { normal: 1 } },
    { name: 'graph.rgcn.weight', shape: [relationCount(M, config), hidden, hidden], initial: xavier(hidden, hidden) },
    { name: 'graph.rgcn.root', shape: [hidden, hidden], initial: xavier(hidden, hidden) },
    { name: 'graph.rgcn.bias', shape: [hidden], initial: zero },
    ...GRAPH_LINEAR.flatMap((name) => within(`graph.transformer.${name}`, linearParameters(hidden, wide))),
    ...within('graph.norm', batchNormParameters(wide)),
    ...within('crossmodal', pairwiseParameters(hidden, config)),
    ...modalities.map((modality) => ({ name: `absent.graph.${modality}`, shape: [wide], initial: zero })),
    ...(M === 1 ? [] : modalities.map((m) => ({ name: `absent.crossmodal.${m}`, shape: [views], initial: zero }))),
    ...within('classifier', classifierParameters(M * (wide + views), hidden, classCount(config))),
    ...lateParameters(given),
  ]
}

const GRAPH_LINEAR = ['key', 'query', 'value', 'skip'] as const

/** The weights of the two graph layers in the form that src/graph takes. */
export function graphWeights(weights: Weights): { rgcn: RgcnWeights; transformer: TransformerConvWeights } {
  const rgcn = scope(weights, 'graph.rgcn')
  const layer = (name: string) => {
    const own = scope(weights, `graph.transformer.${name}`)
    return { kernel: own('weight') as tf.Tensor2D, bias: own('bias') as tf.Tensor1D }
  }
  return {
    rgcn: {
      weight: rgcn('weight') as tf.Tensor3D,
      root: rgcn('root') as tf.Tensor2D,
      bias: rgcn('bias') as tf.Tensor1D,
    },
    transformer: { query: layer('query'), key: layer('key'), value: layer('value'), skip: layer('skip') },
  }
}

/**
 * @throws EMO_SHAPE_MISMATCH naming the first tensor that is missing, unknown or not of its parameter's size.
 */
export function checkWeights(config: CorectConfig, weights: ReadonlyMap<string, Float32Array>): void {
  const parameters = corectParameters(config)
  for (const { name, shape } of parameters) {
    const size = shape.reduce((product, length) => product * length, 1)
    const got = weights.get(name)?.length
    if (got === size) continue
    throw mismatch(name, `${size} numbers, shape [${shape}]`, got === undefined ? 'no such tensor' : `${got}`)
  }
  const known = new Set(parameters.map(({ name }) => name))
  for (const name of weights.keys()) {
    if (!known.has(name)) throw mismatch(name, 'only parameters of the model', 'a tensor of another name')
  }
}

function mismatch(field: string, expected: string, got: string): EmographError {
  return new EmographError('EMO_SHAPE_MISMATCH', { field, expected, got })
}

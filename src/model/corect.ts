import * as tf from '@tensorflow/tfjs'
import type { Modality, PerModality } from '../conversation/modality.ts'
import type { Mode } from '../conversation/mode.ts'
import { type AttentionMask, attentionMask, attentionReach, relativePositions } from '../crossmodal/attention-mask.ts'
import { createDropout, noDropout } from '../crossmodal/dropout.ts'
import { pairwise } from '../crossmodal/pairwise.ts'
import { createVariables, initialValues, scope, type Weights } from '../crossmodal/parameters.ts'
import { rgcnConv, stackRgcnWeights } from '../graph/rgcn-conv.ts'
import { transformerConv } from '../graph/transformer-conv.ts'
import type { Batch } from './batch.ts'
import { type BatchStatistics, batchNorm, updateRunningStatistics } from './batch-norm.ts'
import { classify } from './classifier.ts'
import { type CorectConfig, coreConfig } from './config.ts'
import { checkWeights, corectParameters, graphWeights } from './corect-parameters.ts'
import { fuseLate } from './late-fusion.ts'
import { encodeText, projectFeatures } from './unimodal.ts'

/** Slope of the graph's leaky ReLU, PyTorch's default. */
export const LEAKY_SLOPE = 0.01

export interface ForwardOptions {
  /** `live`: causal everywhere. `offline`: bidirectional within the windows. */
  readonly mode: Mode
  /** Given in training: dropout drawn from this seed, batch normalisation by the batch's own statistics. */
  readonly training?: { readonly seed: number }
  /** Also give every intermediate output, by the names that `verify` prints. */
  readonly trace?: boolean
}

export interface ForwardOutput {
  /** [B, N, C]; rows of padding mean nothing. */
  readonly logits: tf.Tensor3D
  /** In training: what to give to {@link Corect.updateRunningStatistics} once the step is done. */
  readonly batchStatistics?: BatchStatistics
  readonly trace?: Readonly<Record<string, tf.Tensor>>
}

/** The model: its configuration, its variables by name, and one forward pass over a batch. */
export interface Corect {
  readonly config: CorectConfig
  /** Parameters and, not trainable, the running statistics of batch normalisation. */
  readonly variables: ReadonlyMap<string, tf.Variable>
  /** Differentiable, deterministic. The caller disposes logits and trace. */
  forward(batch: Batch, options: ForwardOptions): ForwardOutput
  /** After a training step: the running mean and variance take in the statistics of the step's parts. */
  updateRunningStatistics(parts: readonly BatchStatistics[]): void
  /** A copy of every variable's values: what {@link createCorect} takes as `weights`. */
  exportWeights(): Map<string, Float32Array>
  dispose(): void
}

/** Begin from a seed, or from the values of every parameter of {@link corectParameters}. */
export type CorectOrigin = { readonly seed: number } | { readonly weights: ReadonlyMap<string, Float32Array> }

/**
 * CORECT (Nguyen et al., EMNLP 2023): one node for each utterance and modality, a relational temporal graph network over
 * the nodes beside pairwise cross-modal attention, and a classifier over both.
 *
 * A modality that an utterance lacks has no node, is masked as a key, and where the classifier needs a slot for it a
 * learned "absent" vector stands there. Padding and batch-mates change nothing.
 *
 * @throws EMO_SHAPE_MISMATCH when weights are missing, unknown or of another size.
 * @example
 * const model = createCorect(config, { seed: 1 })
 * const batch = makeBatch([prepareConversation(conversation, options)], config)
 * const { logits } = model.forward(batch, { mode: 'live' })
 */
export function createCorect(config: CorectConfig, origin: CorectOrigin): Corect {
  const parameters = corectParameters(config)
  if ('weights' in origin) checkWeights(config, origin.weights)
  const variables = createVariables(parameters, (parameter) =>
    'seed' in origin ? initialValues(parameter, origin.seed) : origin.weights.get(parameter.name)!,
  )
  const weights: Weights = (name) => variables.get(name)!
  return {
    config,
    variables,
    forward: (batch, options) => forward(batch, options, config, weights),
    updateRunningStatistics(parts) {
      const mean = variables.get('graph.norm.runningMean')!
      updateRunningStatistics({ mean, variance: variables.get('graph.norm.runningVariance')! }, parts)
    },
    exportWeights: () =>
      new Map([...variables].map(([name, variable]) => [name, variable.dataSync<'float32'>().slice()])),
    dispose: () => tf.dispose([...variables.values()]),
  }
}

// B conversations, N utterances, M modalities, D_m features, d hidden, H graph heads, C classes.
function forward(
  batch: Batch,
  { mode, training, trace: tracing }: ForwardOptions,
  given: CorectConfig,
  weights: Weights,
): ForwardOutput {
  const config = coreConfig(given)
  const { modalities, hidden } = config
  const { size: B, length: N } = batch
  const M = modalities.length
  const dropout = training === undefined ? noDropout : createDropout(training.seed)
  let batchStatistics: BatchStatistics | undefined

  const tensors = tf.tidy(() => {
    const trace: Record<string, tf.Tensor> = {}
    const note = (name: string, value: tf.Tensor): void => {
      if (tracing) trace[name] = value
    }

    // Who may see whom: a key that is there, within the reach of the mode.
    const reach = attentionReach(N, mode, config.maxHistory) // [N, N]
    const relative = config.attentionBias ? relativePositions(batch.speakers) : undefined
    const masks = perModality(modalities, (m): AttentionMask => attentionMask(batch.present[m]!, reach, relative))

    // Unimodal projection, and who speaks.
    const speaker = embedSpeakers(batch.speakers, weights('speaker.embedding') as tf.Tensor2D) // [B, N, d]
    const x = perModality(modalities, (m) => {
      const features = dropout(batch.features[m]!, config.dropout.input[m]) // [B, N, D_m]
      const encoded =
        m === 'text'
          ? encodeText(features, masks.text!, scope(weights, 'text'), config, dropout)
          : projectFeatures(features, scope(weights, m), config.dropout.projection, dropout)
      note(`unimodal.${m}`, encoded)
      return encoded.add<tf.Tensor3D>(speaker) // [B, N, d]
    })

    // Graph: nodes modality-major, node state -> RGCN -> graph transformer -> batch norm -> leaky ReLU.
    const graph = batch.graph(mode)
    const { rgcn, transformer } = graphWeights(weights)
    const nodes = tf.concat(all(modalities, x)) // [M*B, N, d]
    const relations = stackRgcnWeights(rgcn, { ...config, modalities: M, live: mode === 'live' })
    const related = rgcnConv(nodes, graph, relations)
    note('graph.rgcn', related) // [M*B, N, d]
    const attended = transformerConv(related, graph, transformer, { heads: config.graphHeads })
    note('graph.transformer', attended) // [M*B, N, H*d]
    const normed = batchNorm(
      attended.reshape([M * B * N, config.graphHeads * hidden]),
      graph.nodes.reshape([M * B * N, 1]),
      scope(weights, 'graph.norm'),
      training && ((statistics) => (batchStatistics = statistics)),
    )
    note('graph.norm', normed.reshape([M * B, N, -1]))
    const active = tf.leakyRelu(normed, LEAKY_SLOPE).reshape<tf.Tensor3D>([M * B, N, -1])
    const states: tf.Tensor3D[] = M === 1 ? [active] : tf.split(active, M) // M x [B, N, H*d]

    // Cross-modal: every ordered pair, then a memory self-attention over each modality's views of the others.
    const fused =
      M === 1
        ? {}
        : pairwise(x, masks, scope(weights, 'crossmodal'), {
            ...config,
            rates: {
              dropout,
              embedding: config.dropout.crossmodalEmbedding,
              attention: config.dropout.crossmodalAttention,
              relu: config.dropout.crossmodalRelu,
              residual: config.dropout.crossmodalResidual,
            },
            trace: (name, value) => note(`crossmodal.${name}`, value),
          }) // each [B, N, (M-1)*d]

    // Classifier over [graph ‖ cross-modal], a learned vector in the slots of a missing modality.
    const slot = (kind: string, m: Modality, state: tf.Tensor3D): tf.Tensor3D => {
      const present = batch.present[m]!.expandDims<tf.Tensor3D>(2) // [B, N, 1]
      return state.mul(present).add(weights(`absent.${kind}.${m}`).mul(tf.sub(1, present)))
    }
    const fromGraph = tf.concat(
      modalities.map((m, i) => slot('graph', m, states[i]!)),
      2,
    )
    note('graph', fromGraph) // [B, N, M*H*d]
    const fromPairs = modalities.flatMap((m) => (fused[m] === undefined ? [] : [slot('crossmodal', m, fused[m])]))
    const representation = tf.concat([fromGraph, ...fromPairs], 2)
    note('representation', representation) // [B, N, M*H*d + M*(M-1)*d]
    const seen = dropout(representation, config.dropout.representation)
    const core = classify(seen, scope(weights, 'classifier'), config.dropout.classifier, dropout)
    return { logits: fuseLate(core, batch, weights, given, dropout), trace }
  })

  return {
    logits: tensors.logits, // [B, N, C]
    ...(batchStatistics === undefined ? {} : { batchStatistics }),
    ...(tracing ? { trace: tensors.trace } : {}),
  }
}

/** Rows of the table by one-hot product, whose gradient every backend has. speakers [B, N] -> [B, N, d]. */
function embedSpeakers(speakers: tf.Tensor2D, table: tf.Tensor2D): tf.Tensor3D {
  const [batch, length] = speakers.shape
  // Compared instead of tf.oneHot, whose float form is wrong on wasm and which refuses a table of one row.
  const rows = tf.range(0, table.shape[0], 1, 'int32')
  const last = tf.scalar(table.shape[0] - 1, 'int32')
  const oneHot = tf
    .equal(tf.minimum(speakers, last).reshape([-1, 1]), rows.expandDims(0))
    .cast('float32') as tf.Tensor2D
  return oneHot.matMul(table).reshape([batch, length, table.shape[1]])
}

function perModality<T>(modalities: readonly Modality[], of: (modality: Modality) => T): PerModality<T> {
  return Object.fromEntries(modalities.map((modality) => [modality, of(modality)]))
}

function all<T>(modalities: readonly Modality[], values: PerModality<T>): T[] {
  return modalities.map((modality) => values[modality]!)
}

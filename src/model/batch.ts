import * as tf from '@tensorflow/tfjs'
import type { PerModality } from '../conversation/modality.ts'
import type { Mode } from '../conversation/mode.ts'
import { createEdgeSource } from '../graph/edge-list.ts'
import { type GraphTensors, graphTensors, heldTensors } from '../graph/graph-tensors.ts'
import { type CorectConfig, coreModalities, inputSize } from './config.ts'
import type { PreparedConversation } from './prepare.ts'

/** Conversations side by side, the shorter ones padded at the end: B conversations of at most N utterances. */
export interface Batch {
  /** B */
  readonly size: number
  /** N */
  readonly length: number
  /** [B, N, D_m] */
  readonly features: PerModality<tf.Tensor3D>
  /** [B, N], 1 where the utterance is there and has the modality. */
  readonly present: PerModality<tf.Tensor2D>
  /** [B, N], 1 for an utterance, 0 for padding. */
  readonly valid: tf.Tensor2D
  /** [B, N] int32 */
  readonly speakers: tf.Tensor2D
  /** [B, N] int32, -1 for padding and for an utterance without a label. */
  readonly labels: tf.Tensor2D
  /** The conversations' graphs in a mode, made when first asked for, owned by the batch. */
  graph(mode: Mode): GraphTensors
  dispose(): void
}

/** Pads conversations to the longest and makes their tensors; the caller disposes the batch. */
export function makeBatch(
  conversations: readonly PreparedConversation[],
  config: Pick<CorectConfig, 'modalities' | 'featureSizes' | 'speakerViews' | 'past' | 'future' | 'speakerRelations'> &
    Partial<Pick<CorectConfig, 'late'>>,
): Batch {
  const size = conversations.length
  const length = Math.max(1, ...conversations.map((conversation) => conversation.length))
  const { modalities } = config
  const pad = <A extends Float32Array | Int32Array>(
    into: A,
    width: number,
    row: (i: number) => ArrayLike<number>,
  ): A => {
    conversations.forEach((_, b) => {
      into.set(row(b), b * length * width)
    })
    return into
  }
  const features: PerModality<tf.Tensor3D> = {}
  const present: PerModality<tf.Tensor2D> = {}
  for (const modality of modalities) {
    const width = inputSize(config, modality)
    const rows = pad(new Float32Array(size * length * width), width, (b) => conversations[b]!.features[modality] ?? [])
    const flags = pad(new Float32Array(size * length), 1, (b) => conversations[b]!.present[modality] ?? [])
    features[modality] = tf.tensor3d(rows, [size, length, width])
    present[modality] = tf.tensor2d(flags, [size, length])
  }
  const ones = (b: number) => new Float32Array(conversations[b]!.length).fill(1)
  const integers = (fill: number, row: (b: number) => Int32Array) =>
    tf.tensor2d(pad(new Int32Array(size * length).fill(fill), 1, row), [size, length], 'int32')
  const valid = tf.tensor2d(pad(new Float32Array(size * length), 1, ones), [size, length])
  const speakers = integers(0, (b) => conversations[b]!.speakers)
  const labels = integers(-1, (b) => conversations[b]!.labels)
  for (const tensor of [...Object.values(features), ...Object.values(present), valid, speakers, labels]) tf.keep(tensor)

  const graphs = new Map<Mode, GraphTensors>()
  return {
    size,
    length,
    features,
    present,
    valid,
    speakers,
    labels,
    graph(mode) {
      const known = graphs.get(mode)
      if (known !== undefined) return known
      const core = { ...config, modalities: coreModalities(config) }
      const edges = createEdgeSource({ ...core, mode })(length)
      const parts = conversations.map(({ present, speakers }) => ({ edges, present, speakers }))
      const graph = graphTensors(parts, { ...core, live: mode === 'live', length })
      // Made inside the forward pass, whose tidy must leave it alone.
      for (const tensor of heldTensors(graph)) tf.keep(tensor)
      graphs.set(mode, graph)
      return graph
    },
    dispose() {
      tf.dispose([Object.values(features), Object.values(present), valid, speakers, labels])
      for (const graph of graphs.values()) graph.dispose()
      graphs.clear()
    },
  }
}

import * as tf from '@tensorflow/tfjs'
import type { Modality, PerModality } from '../conversation/modality.ts'
import type { EdgeList } from './edge-list.ts'
import { RELATION_KINDS, type RelationKind, type RelationOptions, temporalKind, temporalKinds } from './relations.ts'

/** Added to the logit of a pair of nodes without an edge: exp underflows to exactly 0 beside any edge. */
const NO_EDGE = -1e9

/** Direction in time of each kind of RELATION_KINDS; undefined where an edge stays in its utterance. */
const DIRECTIONS = RELATION_KINDS.map((kind) =>
  kind === 'same' || kind === 'across' ? undefined : kind.startsWith('earlier') ? 'earlier' : 'later',
)
const ACROSS = RELATION_KINDS.indexOf('across')

/** The edges of one conversation of a batch and which utterances have which modality, [N] each, 1 or 0. */
export interface GraphPart {
  readonly edges: EdgeList
  readonly present: PerModality<ArrayLike<number>>
  /** Who speaks, [N]: what speaker relations are split by; without them it may be left away. */
  readonly speakers?: ArrayLike<number>
}

/** The utterances of which messages are taken (`sources`) and for which outputs are computed (`targets`, among them). */
export interface GraphRange {
  readonly sources: { readonly from: number; readonly length: number }
  readonly targets: { readonly from: number; readonly length: number }
}

/**
 * A batch of graphs in blocked dense form: what RGCNConv and TransformerConv take.
 *
 * M modalities, B conversations, S source and T target utterances (S = T = N for whole conversations). Node states are
 * modality-major, [M*B, S, d]: row m*B + b is modality m of conversation b. Constants: no gradient flows into them.
 */
export interface GraphTensors {
  readonly modalities: number
  readonly batch: number
  readonly sources: number
  readonly targets: number
  /** Row of the first target among the sources. */
  readonly offset: number
  /** [M*B, T, 1], 1 where the target's node is there. */
  readonly nodes: tf.Tensor3D
  /**
   * The temporal relations that the graph has, in the order of temporalKinds, each with the mean over its edges
   * [M*B, T, S]: 1/|N_r(i)| at an edge, else 0.
   */
  readonly temporal: readonly { readonly kind: RelationKind; readonly mean: tf.Tensor3D }[]
  /** For each shift o = 1 … M-1: [M*B, T, 1], 1 where target m has an edge from modality (m + o) mod M of its utterance. */
  readonly across: readonly tf.Tensor3D[]
  /** [M*B, 1, T, S], what is added to the attention logits within a modality: 0 at an edge, else −10⁹. */
  readonly attention: tf.Tensor4D
  /** The same for the edges across, [M*B, 1, T, M-1], column o - 1 for shift o. Null for one modality. */
  readonly attentionAcross: tf.Tensor4D | null
  dispose(): void
}

/**
 * The tensors of a batch of graphs. Each part's edges may be those of a longer, complete conversation
 * (createEdgeSource): only edges between two present nodes count, and utterances beyond the end of `present` are padding.
 *
 * @example
 * const edges = createEdgeSource(options)
 * const graph = graphTensors([{ edges: edges(2), present: { text: [1, 1] } }], { modalities: ['text'], live: true, length: 2 })
 */
export function graphTensors(
  parts: readonly GraphPart[],
  options: { modalities: readonly Modality[]; live: boolean; length: number } & RelationOptions & Partial<GraphRange>,
): GraphTensors {
  const { modalities } = options
  const sources = options.sources ?? { from: 0, length: options.length }
  const targets = options.targets ?? sources
  const M = modalities.length
  const B = parts.length
  const S = sources.length
  const T = targets.length

  const nodes = new Float32Array(M * B * T)
  const means = new Map(temporalKinds(options).map((kind) => [kind, new Float32Array(M * B * T * S)]))
  const across = Array.from({ length: M - 1 }, () => new Float32Array(M * B * T))
  const attention = new Float32Array(M * B * T * S).fill(NO_EDGE)
  const attentionAcross = new Float32Array(M * B * T * (M - 1)).fill(NO_EDGE)

  parts.forEach(({ edges, present, speakers }, b) => {
    const presence = modalities.map((modality) => present[modality] ?? [])
    presence.forEach((row, m) => {
      for (let t = 0; t < T; t++) nodes[(m * B + b) * T + t] = row[targets.from + t] ? 1 : 0
    })
    for (let e = 0; e < edges.kind.length; e++) {
      const [source, target, m, from] = [edges.source[e]!, edges.target[e]!, edges.targetSlot[e]!, edges.sourceSlot[e]!]
      const t = target - targets.from
      const s = source - sources.from
      if (t < 0 || t >= T || s < 0 || s >= S || !presence[m]![target] || !presence[from]![source]) continue
      const row = (m * B + b) * T + t
      const kind = edges.kind[e]
      if (kind === ACROSS) {
        const shift = (from - m + M) % M
        across[shift - 1]![row] = 1
        attentionAcross[row * (M - 1) + shift - 1] = 0
        continue
      }
      attention[row * S + s] = 0
      const direction = DIRECTIONS[kind!]
      if (direction === undefined) continue
      const relation = temporalKind(direction, speakers?.[source] === speakers?.[target], options)
      const mean = means.get(relation)
      if (mean !== undefined) mean[row * S + s] = 1
    }
  })
  for (const mean of means.values()) toMeans(mean, S)

  const tensors = {
    nodes: tf.tensor3d(nodes, [M * B, T, 1]),
    temporal: [...means].map(([kind, mean]) => ({ kind, mean: tf.tensor3d(mean, [M * B, T, S]) })),
    across: across.map((values) => tf.tensor3d(values, [M * B, T, 1])),
    attention: tf.tensor4d(attention, [M * B, 1, T, S]),
    attentionAcross: M === 1 ? null : tf.tensor4d(attentionAcross, [M * B, 1, T, M - 1]),
  }
  return {
    modalities: M,
    batch: B,
    sources: S,
    targets: T,
    offset: targets.from - sources.from,
    ...tensors,
    dispose: () => {
      tf.dispose(heldTensors(tensors))
    },
  }
}

/** Every tensor of a batch of graphs: what an owner keeps through a tidy, and disposes. */
export function heldTensors(
  graph: Pick<GraphTensors, 'nodes' | 'temporal' | 'across' | 'attention' | 'attentionAcross'>,
): tf.Tensor[] {
  const { nodes, temporal, across, attention, attentionAcross } = graph
  const maybe = attentionAcross === null ? [] : [attentionAcross]
  return [nodes, ...temporal.map(({ mean }) => mean), ...across, attention, ...maybe]
}

/** Divides every row of `columns` numbers by its sum, in place; a row without an edge stays 0. */
function toMeans(matrix: Float32Array, columns: number): void {
  for (let start = 0; start < matrix.length; start += columns) {
    let count = 0
    for (let s = start; s < start + columns; s++) count += matrix[s]!
    if (count > 1) for (let s = start; s < start + columns; s++) matrix[s]! /= count
  }
}

/** Rows of the targets among the rows of the sources: [M*B, S, d] → [M*B, T, d]. */
export function targetRows(x: tf.Tensor3D, graph: Pick<GraphTensors, 'offset' | 'targets' | 'sources'>): tf.Tensor3D {
  if (graph.targets === graph.sources) return x
  return tf.slice(x, [0, graph.offset, 0], [x.shape[0], graph.targets, x.shape[2]])
}

/** Turns the modalities of modality-major rows: row (m, b) of the result is row ((m + shift) mod M, b) of x, [M*B, …]. */
export function shiftModalities<T extends tf.Tensor>(x: T, shift: number, batch: number): T {
  const rows = shift * batch
  const rest = x.shape.slice(1)
  const zeros = rest.map(() => 0)
  return tf.concat([
    tf.slice(x, [rows, ...zeros], [x.shape[0]! - rows, ...rest]),
    tf.slice(x, [0, ...zeros], [rows, ...rest]),
  ]) as T
}

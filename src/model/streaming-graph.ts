import type { Modality, PerModality } from '../conversation/modality.ts'
import { createEdgeSource } from '../graph/edge-list.ts'
import { RELATION_KINDS, relationIndex, temporalKind, temporalKinds } from '../graph/relations.ts'
import type { CorectConfig } from './config.ts'
import { LEAKY_SLOPE } from './corect.ts'
import { addTo, type Row, relu, type StreamingWeights, scaled, softmax } from './streaming-weights.ts'

/** An edge into a node of the newest utterance: from which modality, how many utterances before. */
export interface InEdge {
  readonly source: Modality
  /** The source's place among the modalities. */
  readonly slot: number
  readonly distance: number
  /** From an earlier utterance. The relations of all other edges have one edge at most: `relation`. */
  readonly earlier: boolean
  readonly relation: number
}

/** What a node offers to later ones: its state before RGCNConv, and its key and value in TransformerConv. */
interface NodeStates {
  readonly speaker: number
  readonly input: Row
  key: Row
  value: Row
}

/** How much of a node's attention each of its edges has: α of TransformerConv, the mean over the heads. Sums to 1. */
export interface NodeAttention {
  readonly edges: readonly InEdge[]
  /** [edges] */
  readonly shares: Row
}

/**
 * The graph layers of one conversation: states [d] of the newest utterance's nodes → [H*d] each, and what fed them.
 * `keep` false: later utterances are computed as if this one had not been there.
 */
export type StreamingGraph = (
  nodes: PerModality<Row>,
  speaker: number,
  keep: boolean,
) => { readonly states: PerModality<Row>; readonly attention: PerModality<NodeAttention> }

/**
 * The in-edges of every slot of an utterance whose window is full, from the graph: the last utterance of a complete
 * conversation of past + 1. Those of an utterance with gaps in its window are the ones whose source is there.
 */
export function liveInEdges({ modalities, past }: Pick<CorectConfig, 'modalities' | 'past'>): readonly InEdge[][] {
  const edges = createEdgeSource({ modalities, past, future: 0, mode: 'live' })(past + 1)
  return modalities.map((_, slot) =>
    Array.from(edges.kind, (kind, e) => ({
      target: edges.target[e]!,
      targetSlot: edges.targetSlot[e]!,
      source: modalities[edges.sourceSlot[e]!]!,
      slot: edges.sourceSlot[e]!,
      distance: past - edges.source[e]!,
      relation: edges.relation[e]!,
      earlier: RELATION_KINDS[kind] === 'earlier',
    })).filter((edge) => edge.target === past && edge.targetSlot === slot),
  )
}

/**
 * RGCNConv, TransformerConv, batch normalisation and leaky ReLU for one new utterance, edge by edge. Live, no edge comes
 * from later, so the states of earlier nodes never change: those of the last `past` utterances are kept and read.
 */
export function createStreamingGraph(
  weights: StreamingWeights,
  config: CorectConfig,
  inEdges: readonly (readonly InEdge[])[],
): StreamingGraph {
  const { modalities, graphHeads: heads, hidden: d, past } = config
  /** Newest utterance first, each by slot. */
  let kept: readonly (readonly (NodeStates | undefined)[])[] = []

  return (nodes, speaker, keep) => {
    const newest = modalities.map((m) => nodes[m] && { speaker, input: nodes[m], key: nodes[m], value: nodes[m] })
    const window = [newest, ...kept].slice(0, past + 1)
    if (keep) kept = window
    const present = inEdges.map((edges) => {
      const there = edges.filter(({ slot, distance }) => window[distance]?.[slot])
      // What is kept of every utterance should be no copy of what is the same for all.
      return there.length === edges.length ? edges : there
    })
    const sourceOf = ({ slot, distance }: InEdge): NodeStates => window[distance]![slot]!

    // Every node's RGCN state before any attention: attention goes across the utterance's modalities.
    const related = newest.map((node, slot) => {
      if (node === undefined) return undefined
      const state = relationalState(node, slot, present[slot]!, sourceOf, weights, config)
      node.key = weights.linear(state, 'graph.transformer.key')
      node.value = weights.linear(state, 'graph.transformer.value')
      return state
    })
    const states: PerModality<Row> = {}
    const attention: PerModality<NodeAttention> = {}
    related.forEach((state, slot) => {
      if (state === undefined) return
      const target = modalities[slot]!
      const edges = present[slot]!
      const query = weights.linear(state, 'graph.transformer.query')
      const attended = attendSources(query, edges.map(sourceOf), heads, d)
      const out = addTo(attended.state, weights.linear(state, 'graph.transformer.skip'))
      states[target] = relu(normalise(out, weights), LEAKY_SLOPE)
      attention[target] = { edges, shares: attended.shares }
    })
    return { states, attention }
  }
}

/** x'_i = W_0 x_i + Σ_r mean_{j ∈ N_r(i)} W_r x_j + b: a product for each relation, of the mean of its sources. */
function relationalState(
  node: NodeStates,
  slot: number,
  edges: readonly InEdge[],
  sourceOf: (edge: InEdge) => NodeStates,
  weights: StreamingWeights,
  config: CorectConfig,
): Row {
  const state = addTo(weights.product(node.input, 'graph.rgcn.root'), weights.vector('graph.rgcn.bias'))
  const receive = (message: Row, relation: number) =>
    addTo(state, weights.product(message, 'graph.rgcn.weight', relation))
  for (const edge of edges) if (!edge.earlier) receive(sourceOf(edge).input, edge.relation)
  const earlier = edges.filter((edge) => edge.earlier).map(sourceOf)
  for (const kind of temporalKinds({ ...config, live: true })) {
    const sources = earlier.filter(({ speaker }) => temporalKind('earlier', speaker === node.speaker, config) === kind)
    if (sources.length === 0) continue
    const sum = new Float32Array(node.input.length)
    for (const { input } of sources) addTo(sum, input)
    const relation = relationIndex(kind, slot, slot, config.modalities.length)
    receive(scaled(sum, 1 / sources.length), relation)
  }
  return state
}

/**
 * ‖_h Σ_j α^h_j v_j with α = softmax(q·k_j / √d) over the sources: query [H*d] → state [H*d]; shares: the mean of α over
 * the heads.
 */
function attendSources(
  query: Row,
  sources: readonly NodeStates[],
  heads: number,
  d: number,
): { state: Row; shares: Row } {
  const state = new Float32Array(query.length)
  const shares = new Float32Array(sources.length)
  for (let start = 0; start < heads * d; start += d) {
    const alpha = Float32Array.from(sources, ({ key }) => {
      let logit = 0
      for (let i = start; i < start + d; i++) logit += query[i]! * key[i]!
      return logit / Math.sqrt(d)
    })
    softmax(alpha)
    sources.forEach(({ value }, j) => {
      for (let i = start; i < start + d; i++) state[i]! += alpha[j]! * value[i]!
    })
    addTo(shares, scaled(alpha, 1 / heads))
  }
  return { state, shares }
}

/** batchNorm by the running statistics, in place. */
function normalise(x: Row, weights: StreamingWeights): Row {
  const own = (name: string): Row => weights.vector(`graph.norm.${name}`)
  const [mean, variance, weight, bias] = [own('runningMean'), own('runningVariance'), own('weight'), own('bias')]
  for (let i = 0; i < x.length; i++) {
    x[i] = ((x[i]! - mean[i]!) / Math.sqrt(variance[i]! + 1e-5)) * weight[i]! + bias[i]!
  }
  return x
}

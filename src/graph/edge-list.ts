import type { Modality } from '../conversation/modality.ts'
import {
  type ConversationGraph,
  createConversationGraph,
  type EdgeAttributes,
  type GraphOptions,
  type NodeAttributes,
  nodeKey,
} from './conversation-graph.ts'
import { RELATION_KINDS } from './relations.ts'

/**
 * The edges of a graph as flat arrays, one number an edge: what tensors are derived from without walking the graph again.
 * Slots index `modalities`, sources and targets are utterances, kinds index RELATION_KINDS.
 */
export interface EdgeList {
  readonly modalities: readonly Modality[]
  readonly sourceSlot: Uint8Array
  readonly source: Int32Array
  readonly targetSlot: Uint8Array
  readonly target: Int32Array
  readonly kind: Uint8Array
  readonly relation: Uint8Array
}

/**
 * The edges into the nodes of utterances `from` and later, grouped by target. Costs the edges that it lists, not the
 * conversation's.
 */
export function edgeList(conversation: ConversationGraph, from = 0): EdgeList {
  const { graph, options, length } = conversation
  const edges: { edge: EdgeAttributes; source: NodeAttributes; target: NodeAttributes }[] = []
  for (let utterance = from; utterance < length; utterance++) {
    for (const modality of options.modalities) {
      const key = nodeKey(modality, utterance)
      if (!graph.hasNode(key)) continue
      graph.forEachInEdge(key, (_key, edge, _source, _target, source, target) => {
        edges.push({ edge, source, target })
      })
    }
  }
  return {
    modalities: options.modalities,
    sourceSlot: Uint8Array.from(edges, ({ source }) => source.slot),
    source: Int32Array.from(edges, ({ source }) => source.utterance),
    targetSlot: Uint8Array.from(edges, ({ target }) => target.slot),
    target: Int32Array.from(edges, ({ target }) => target.utterance),
    kind: Uint8Array.from(edges, ({ edge }) => RELATION_KINDS.indexOf(edge.kind)),
    relation: Uint8Array.from(edges, ({ edge }) => edge.relation),
  }
}

/**
 * Edges of complete conversations, for batches: gives the edges of at least `length` utterances that have every modality.
 * The edges among the nodes that are there are all that a shorter or incomplete conversation has (its graph is the
 * induced subgraph), so one graph, grown to the longest conversation met, serves every batch. It knows one speaker: the
 * split of its temporal edges by speaker is graphTensors', which is told who speaks.
 */
export function createEdgeSource(options: GraphOptions): (length: number) => EdgeList {
  const complete = createConversationGraph(options)
  let edges = edgeList(complete)
  return (length) => {
    if (length > complete.length) {
      while (complete.length < length) complete.add(options.modalities)
      edges = edgeList(complete)
    }
    return edges
  }
}

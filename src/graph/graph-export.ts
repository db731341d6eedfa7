import { write } from 'graphology-gexf'
import type { Modality } from '../conversation/modality.ts'
import type { ConversationGraph, GraphOptions } from './conversation-graph.ts'
import { edgeList } from './edge-list.ts'
import type { Relation } from './relations.ts'

/** A conversation's graph as plain data. Nodes are modality-major, as in the published code; edges name nodes by index. */
export interface GraphJson extends GraphOptions {
  readonly relations: readonly Relation[]
  readonly nodes: readonly { readonly modality: Modality; readonly utterance: number }[]
  /** Sorted by source, then target. `relation` indexes `relations`. */
  readonly edges: readonly { readonly source: number; readonly target: number; readonly relation: number }[]
}

/** Nodes, edges and relations; JSON.stringify writes it. */
export function graphToJson(conversation: ConversationGraph): GraphJson {
  const { graph, options, relations } = conversation
  const nodes = graph
    .mapNodes((_, { modality, slot, utterance }) => ({ modality, slot, utterance }))
    .sort((a, b) => a.slot - b.slot || a.utterance - b.utterance)
  const index = new Map(nodes.map(({ slot, utterance }, i) => [`${slot}:${utterance}`, i]))
  const list = edgeList(conversation)
  const edges = Array.from(list.relation, (relation, e) => ({
    source: index.get(`${list.sourceSlot[e]}:${list.source[e]}`)!,
    target: index.get(`${list.targetSlot[e]}:${list.target[e]}`)!,
    relation,
  })).sort((a, b) => a.source - b.source || a.target - b.target)
  return { ...options, relations, nodes: nodes.map(({ modality, utterance }) => ({ modality, utterance })), edges }
}

/** GEXF 1.2 (Gephi and others): nodes carry modality and utterance, edges the relation's index and name. No words. */
export function graphToGexf({ graph }: ConversationGraph): string {
  return write(graph, {
    formatNode: (key, { modality, utterance }) => ({ label: key, attributes: { modality, utterance } }),
    formatEdge: (_, { relation, name }) => ({ label: name, attributes: { relation, name } }),
  })
}

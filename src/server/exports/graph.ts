import { DirectedGraph } from 'graphology'
import { write } from 'graphology-gexf'
import type { Modality } from '../../conversation/modality.ts'
import { createConversationGraph, type GraphOptions, nodeKey } from '../../graph/conversation-graph.ts'
import type { RelationKind } from '../../graph/relations.ts'
import type { StoredConversation } from '../store/stored-conversation.ts'

interface NodeOfSession {
  readonly utterance_id: string
  readonly participant: string
  readonly modality: Modality
  /** Position of the utterance in the conversation, from 0. */
  readonly utterance: number
  readonly start_ms: number
  readonly label: string
}

interface EdgeOfSession {
  readonly kind: RelationKind
  readonly relation: string
  /** Of its target's attention, where the session asked for it; the edges of one target sum to 1. */
  share?: number
}

export type SessionGraph = DirectedGraph<NodeOfSession, EdgeOfSession>

/**
 * The graph that the model saw of a conversation, in the mode in which it is now: a node for each modality of each
 * utterance, edges from source to target, the attention of those whose labels were given with it. No words.
 *
 * @param options of the model that labelled it
 */
export function sessionGraph(conversation: StoredConversation, options: Omit<GraphOptions, 'mode'>): SessionGraph {
  const { utterances, participants, mode } = conversation
  const structure = createConversationGraph({ ...options, mode })
  const speakers = new Map(participants.map(({ id }, i) => [id, i]))
  for (const { modalities, participant } of utterances) structure.add(modalities, speakers.get(participant) ?? 0)

  const graph: SessionGraph = new DirectedGraph()
  structure.graph.forEachNode((key, { modality, utterance }) => {
    const { utteranceId, participant, startMs, label } = utterances[utterance]!
    graph.addNode(key, { utterance_id: utteranceId, participant, modality, utterance, start_ms: startMs, label })
  })
  structure.graph.forEachDirectedEdge((_, { kind, name }, source, target) => {
    graph.addDirectedEdge(source, target, { kind, relation: name })
  })
  const positions = new Map(utterances.map(({ utteranceId }, i) => [utteranceId, i]))
  utterances.forEach(({ attention = [] }, i) => {
    for (const { utterance_id, modality, target, share } of attention) {
      const source = nodeKey(modality, positions.get(utterance_id) ?? -1)
      const edge = graph.edge(source, nodeKey(target, i))
      if (edge !== undefined) graph.setEdgeAttribute(edge, 'share', share)
    }
  })
  return graph
}

/** graphology's own serialisation, which `Graph.import` reads. */
export const graphToJsonText = (graph: SessionGraph): string => JSON.stringify(graph.export())

/** GEXF 1.2, for Gephi and others; the attention is the edge's weight. */
export function graphToGexfText(graph: SessionGraph): string {
  return write(graph, {
    formatNode: (key, attributes) => ({ label: key, attributes }),
    formatEdge: (_, { kind, relation, share }) => ({
      label: relation,
      ...(share !== undefined && { weight: share }),
      attributes: { kind, relation },
    }),
  })
}

import { DirectedGraph } from 'graphology'
import type { Modality } from '../conversation/modality.ts'
import type { Mode } from '../conversation/mode.ts'
import { EmographError } from '../errors.ts'
import {
  type Relation,
  type RelationKind,
  type RelationOptions,
  relationIndex,
  relationTypes,
  temporalKind,
} from './relations.ts'

export interface GraphOptions extends RelationOptions {
  /** The modalities of the model; their order is the order of the slots. */
  readonly modalities: readonly Modality[]
  /** Window: a node receives from up to `past` earlier and `future` later utterances of its modality. */
  readonly past: number
  readonly future: number
  /** `live`: no edge whose source is later than its target, whatever `future` says. */
  readonly mode: Mode
}

/** `speaker` counts speakers from 0; it matters with speaker relations only. */
export type NodeAttributes = { modality: Modality; slot: number; utterance: number; speaker: number }
export type EdgeAttributes = { relation: number; kind: RelationKind; name: string }

/**
 * The graph of one conversation, on graphology: the only place that decides which edges exist.
 *
 * A node is one utterance in one modality (key {@link nodeKey}), there only where the modality is. Edges, message from
 * source to target:
 * - within a modality, (m, j) → (m, i) for i − past ≤ j ≤ i + future (j ≤ i when live), with the self edge j = i;
 *   the window counts utterances, present or not;
 * - within an utterance, (a, i) → (b, i) for each ordered pair of different modalities that it has.
 *
 * Grows by one utterance at a time: an edge depends on its two ends only, so the graph of a prefix, or of fewer modalities,
 * is the subgraph that the present nodes induce.
 */
export interface ConversationGraph {
  readonly options: GraphOptions
  readonly relations: readonly Relation[]
  readonly graph: DirectedGraph<NodeAttributes, EdgeAttributes>
  /** How many utterances were added, also those without a node or forgotten. */
  readonly length: number
  /** Adds the next utterance, its nodes and every edge between them and the nodes that are there; gives its index. */
  add(present: Iterable<Modality>, speaker?: number): number
  /** Drops the nodes of every utterance before `utterance`, and their edges: bounds the memory of a long stream. */
  forget(utterance: number): void
}

export const nodeKey = (modality: Modality, utterance: number): string => `${modality}:${utterance}`

/**
 * An empty graph.
 *
 * @example
 * const graph = createConversationGraph({ modalities: ['text', 'audio'], past: 4, future: 11, mode: 'offline' })
 * graph.add(['text', 'audio'])
 * graph.add(['text'])
 * graph.graph.size // 7: a self edge each, text 0 ⇄ text 1, text 0 ⇄ audio 0
 *
 * @throws EMO_CONFIG_INVALID for a negative or fractional window, no modality, or the same one twice.
 */
export function createConversationGraph(options: GraphOptions): ConversationGraph {
  checkOptions(options)
  const { modalities, past, future, mode } = options
  const graph = new DirectedGraph<NodeAttributes, EdgeAttributes>()
  const relations = relationTypes(modalities, options)
  let length = 0
  let first = 0

  const connect = (kind: RelationKind, source: NodeAttributes, target: NodeAttributes): void => {
    const relation = relationIndex(kind, source.slot, target.slot, modalities.length)
    graph.addDirectedEdge(nodeKey(source.modality, source.utterance), nodeKey(target.modality, target.utterance), {
      relation,
      kind,
      name: relations[relation]!.name,
    })
  }

  const addNode = (node: NodeAttributes): void => {
    graph.addNode(nodeKey(node.modality, node.utterance), node)
    connect('same', node, node)
    for (let other = Math.max(first, node.utterance - Math.max(past, future)); other < node.utterance; other++) {
      const key = nodeKey(node.modality, other)
      if (!graph.hasNode(key)) continue
      const before = graph.getNodeAttributes(key)
      const own = before.speaker === node.speaker
      const distance = node.utterance - other
      if (distance <= past) connect(temporalKind('earlier', own, options), before, node)
      if (mode === 'offline' && distance <= future) connect(temporalKind('later', own, options), node, before)
    }
  }

  return {
    options,
    relations,
    graph,
    get length() {
      return length
    },
    add(present, speaker = 0) {
      const utterance = length++
      const here = new Set(present)
      const nodes = modalities
        .map((modality, slot) => ({ modality, slot, utterance, speaker }))
        .filter(({ modality }) => here.has(modality))
      for (const node of nodes) addNode(node)
      for (const source of nodes) {
        for (const target of nodes) if (source !== target) connect('across', source, target)
      }
      return utterance
    },
    forget(utterance) {
      for (; first < Math.min(utterance, length); first++) {
        for (const modality of modalities) {
          if (graph.hasNode(nodeKey(modality, first))) graph.dropNode(nodeKey(modality, first))
        }
      }
    },
  }
}

function checkOptions({ modalities, past, future }: GraphOptions): void {
  for (const [field, value] of Object.entries({ past, future })) {
    if (Number.isInteger(value) && value >= 0) continue
    throw new EmographError('EMO_CONFIG_INVALID', { field, expected: 'a whole number from 0', got: String(value) })
  }
  if (modalities.length > 0 && new Set(modalities).size === modalities.length) return
  throw new EmographError('EMO_CONFIG_INVALID', {
    field: 'modalities',
    expected: 'one or more, each once',
    got: modalities.join(', ') || 'none',
  })
}

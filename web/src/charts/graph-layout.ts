import { MODALITIES, type Modality } from '../../../src/conversation/modality.ts'
import type { ShownUtterance } from '../state/conversation-state.ts'

/** One utterance in one modality. */
export interface GraphNode {
  readonly key: string
  readonly utterance: ShownUtterance
  readonly modality: Modality
  readonly x: number
  readonly y: number
}

/** What flowed from one node to another. */
export interface GraphEdge {
  readonly source: string
  readonly target: string
  /** Of what reached the target, 0 to 1. */
  readonly share: number
  /** It feeds the utterance that is looked at. */
  readonly current: boolean
}

export interface GraphLayout {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

/** Before the utterance that is looked at: the farthest that the shipped model's graph reaches back. And after it. */
const BEFORE = 14
const AFTER = 3
/** Radius of each modality's arc. */
const RADIUS: Readonly<Record<Modality, number>> = { text: 1, audio: 0.72, visual: 0.44 }
/** From the top of the arcs to their lowest end, in radii of the outermost. */
export const HEIGHT = { top: 1, bottom: -0.35 } as const
/** Where the arcs begin and end, counter-clockwise from the right: time goes from left to right. */
const FROM = (200 * Math.PI) / 180
const TO = (-20 * Math.PI) / 180
/** Steps that the arcs have at least: a few utterances stand near each other, in their middle. */
const FEWEST = 8
/** Edges that carry less are left away unless they feed the utterance that is looked at. */
const FAINTEST = 0.12

const nodeKey = (utteranceId: string, modality: Modality): string => `${modality} ${utteranceId}`

/**
 * The neighbourhood of one utterance in the conversation graph: its utterances in order along an arc for each modality, so
 * that no edge runs along another's line, and what they have told each other.
 *
 * @param stretch how much wider than round the arcs are, as the panel is
 */
export function layOutGraph(
  utterances: readonly ShownUtterance[],
  current: string | undefined,
  stretch = 1,
): GraphLayout {
  const labelled = utterances.filter(({ label }) => label !== undefined)
  const found = labelled.findIndex(({ id }) => id === current)
  const at = found < 0 ? labelled.length - 1 : found
  const shown = labelled.slice(Math.max(0, at - BEFORE), at + AFTER + 1)
  const pitch = (TO - FROM) / Math.max(FEWEST, shown.length - 1)
  const nodes = shown.flatMap((utterance, i) =>
    MODALITIES.filter((modality) => utterance.modalities.includes(modality)).map((modality): GraphNode => {
      const angle = Math.PI / 2 + pitch * (i - (shown.length - 1) / 2)
      const radius = RADIUS[modality]
      return {
        key: nodeKey(utterance.id, modality),
        utterance,
        modality,
        x: stretch * radius * Math.cos(angle),
        y: radius * Math.sin(angle),
      }
    }),
  )
  const keys = new Set(nodes.map(({ key }) => key))
  const edges = shown.flatMap((utterance) =>
    utterance.attention.flatMap((edge): GraphEdge[] => {
      const source = nodeKey(edge.utterance_id, edge.modality)
      const target = nodeKey(utterance.id, edge.target)
      const isCurrent = utterance === labelled[at]
      const drawn = source !== target && keys.has(source) && keys.has(target) && (isCurrent || edge.share >= FAINTEST)
      return drawn ? [{ source, target, share: edge.share, current: isCurrent }] : []
    }),
  )
  return { nodes, edges }
}

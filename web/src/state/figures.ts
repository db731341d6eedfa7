import type { ConversationState, ShownUtterance } from './conversation-state.ts'

/** The newest utterance of each participant that has a label, interim ones included. */
export function latestByParticipant(state: ConversationState): ReadonlyMap<string, ShownUtterance> {
  const latest = new Map<string, ShownUtterance>()
  for (const utterance of state.utterances)
    if (utterance.label !== undefined) latest.set(utterance.participant, utterance)
  return latest
}

export interface LatencyFigures {
  readonly count: number
  readonly lastMs: number
  readonly medianMs: number
  readonly p95Ms: number
}

/** From the receipt of what made an utterance whole to its label, over the conversation; undefined before the first. */
export function latencyFigures(utterances: readonly ShownUtterance[]): LatencyFigures | undefined {
  const inOrder = utterances.flatMap(({ latencyMs }) => (latencyMs === undefined ? [] : [latencyMs]))
  if (inOrder.length === 0) return undefined
  const sorted = inOrder.toSorted((a, b) => a - b)
  return {
    count: sorted.length,
    lastMs: inOrder.at(-1)!,
    medianMs: quantile(sorted, 0.5),
    p95Ms: quantile(sorted, 0.95),
  }
}

/** Nearest rank: the smallest value that at least this share of the values does not exceed. */
const quantile = (sorted: readonly number[], share: number): number => sorted[Math.ceil(share * sorted.length) - 1]!

export function probabilityOf(utterance: ShownUtterance, label: string | undefined = utterance.label): number {
  return utterance.probabilities.find(({ name }) => name === label)?.probability ?? 0
}

/** Participants are called by their ids until somebody has named them. */
export const nameOf = (settings: ConversationState['settings'], participant: string): string =>
  settings?.participants.find(({ id }) => id === participant)?.name ?? participant

/** How far the conversation reaches, in ms. */
export function conversationEnd(utterances: readonly Pick<ShownUtterance, 'startMs' | 'endMs'>[]): number {
  return utterances.reduce((end, { startMs, endMs }) => Math.max(end, endMs ?? startMs), 0)
}

export interface Influence {
  readonly source: ShownUtterance
  readonly modality: ShownUtterance['modalities'][number]
  readonly target: ShownUtterance['modalities'][number]
  /** Of all that reached the utterance's nodes: the shares of one utterance's influences sum to 1. */
  readonly share: number
}

/**
 * What fed an utterance's label through the graph, strongest first. The server's shares sum to 1 for each modality of the
 * utterance; here they are shares of the whole, each modality counting the same.
 */
export function influences(utterance: ShownUtterance, utterances: readonly ShownUtterance[]): Influence[] {
  const byId = new Map(utterances.map((other) => [other.id, other]))
  const targets = new Set(utterance.attention.map(({ target }) => target)).size
  return utterance.attention
    .flatMap((edge): Influence[] => {
      const source = byId.get(edge.utterance_id)
      return source === undefined
        ? []
        : [{ source, modality: edge.modality, target: edge.target, share: edge.share / targets }]
    })
    .toSorted((a, b) => b.share - a.share)
}

/** 83,210 ms as `1:23`. */
export function clockTime(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  const two = (value: number): string => String(value).padStart(2, '0')
  return hours === 0 ? `${minutes}:${two(seconds % 60)}` : `${hours}:${two(minutes % 60)}:${two(seconds % 60)}`
}

export const percent = (share: number): string => `${Math.round(100 * share)}%`

import type { Conversation, Utterance } from '../../../src/conversation/conversation.ts'

/** One message of a replay and when it is due, in ms of the recording. */
export interface ReplayStep {
  readonly atMs: number
  readonly utterance: Utterance
  /** The words so far. */
  readonly text: string
  /** The utterance is over. */
  readonly final: boolean
}

/** How often words come while somebody speaks, in ms: as often as the server labels them. */
const INTERIM_MS = 1_000

/**
 * A conversation as a recogniser would have written it down: words as they are spoken, spread evenly over the utterance,
 * and the whole of it when it ends.
 *
 * @param done ids of utterances that have been played before
 */
export function planReplay({ utterances }: Conversation, done: ReadonlySet<string> = new Set()): ReplayStep[] {
  return utterances
    .filter(({ id }) => !done.has(id))
    .flatMap(stepsOf)
    .toSorted((a, b) => a.atMs - b.atMs || Number(a.final) - Number(b.final))
}

function stepsOf(utterance: Utterance): ReplayStep[] {
  const { startMs, endMs, text = '' } = utterance
  const words = text.split(/\s+/).filter((word) => word !== '')
  const steps: ReplayStep[] = []
  for (let atMs = startMs + INTERIM_MS; atMs < endMs; atMs += INTERIM_MS) {
    const spoken = Math.floor((words.length * (atMs - startMs)) / (endMs - startMs))
    if (spoken > 0) steps.push({ atMs, utterance, text: words.slice(0, spoken).join(' '), final: false })
  }
  steps.push({ atMs: endMs, utterance, text, final: true })
  return steps
}

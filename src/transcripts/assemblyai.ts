import { z } from 'zod'
import type { ImportedTranscript, TranscriptAdapter } from './imported-transcript.ts'
import { millisecondsSchema, parsePayload } from './payload.ts'
import { type SpeechRun, speechRuns, transcriptsOf } from './speech-run.ts'

/** `type` since v3, `message_type` in v2. */
const kindSchema = z
  .object({ type: z.string().optional(), message_type: z.string().optional() })
  .refine(({ type, message_type }) => (type ?? message_type) !== undefined, { path: ['type'], error: 'a string' })

const wordSchema = z.object({
  text: z.string(),
  start: millisecondsSchema,
  end: millisecondsSchema,
  speaker: z.string().nullish(),
})

const turnSchema = z.object({
  turn_order: z.int().min(0),
  turn_is_formatted: z.boolean().default(false),
  end_of_turn: z.boolean(),
  transcript: z.string(),
  words: z.array(wordSchema).default([]),
  speaker_label: z.string().nullish(),
})
type Turn = z.infer<typeof turnSchema>

const transcriptSchema = z.object({
  text: z.string(),
  audio_start: millisecondsSchema,
  audio_end: millisecondsSchema,
})

/** What the service says of a speaker whom it cannot tell yet. */
const UNKNOWN = 'UNKNOWN'

/**
 * Streaming messages of AssemblyAI: `Turn` of v3 (https://www.assemblyai.com/docs/streaming/message-sequence), and
 * `PartialTranscript` and `FinalTranscript` of v2. Speakers are those of `speaker_labels`: `A`, `B`, …; a turn in which
 * the words of several stand becomes an utterance for each.
 *
 * With `format_turns` a turn ends twice, first without punctuation. Nothing says beforehand whether that is so; so the
 * first turn is taken at its first end, and once a formatted end has followed one, later turns wait for theirs (until
 * another turn begins, in case it does not come).
 */
export function createAssemblyAiAdapter(): TranscriptAdapter {
  let formatsFollow = false
  let waiting: Turn | undefined
  /** The turn that was told as final last. */
  let told = -1

  function finish(turn: Turn): ImportedTranscript[] {
    waiting = undefined
    told = Math.max(told, turn.turn_order)
    return runsOf(turn).flatMap((run) => transcriptsOf(run, true))
  }

  function takeTurn(turn: Turn): ImportedTranscript[] {
    const before = waiting !== undefined && turn.turn_order > waiting.turn_order ? finish(waiting) : []
    if (turn.turn_order <= told) {
      formatsFollow ||= turn.end_of_turn && turn.turn_is_formatted
      return before
    }
    if (!turn.end_of_turn) return [...before, ...interim(turn)]
    if (turn.turn_is_formatted || !formatsFollow) return [...before, ...finish(turn)]
    waiting = turn
    return before
  }

  return {
    take(payload) {
      const { type, message_type: kind } = parsePayload(kindSchema, payload)
      if (type === 'Turn') return takeTurn(parsePayload(turnSchema, payload))
      if (type === 'Termination') return waiting === undefined ? [] : finish(waiting)
      if (kind !== 'PartialTranscript' && kind !== 'FinalTranscript') return []
      const { text, audio_start: startMs, audio_end: endMs } = parsePayload(transcriptSchema, payload)
      return transcriptsOf({ speaker: undefined, text, startMs, endMs }, kind === 'FinalTranscript')
    },
  }
}

/** An utterance that goes on, of a speaker who is known already where speakers are told apart. */
function interim(turn: Turn): ImportedTranscript[] {
  const { speaker_label: label, words } = turn
  if (label === UNKNOWN || words.length === 0) return []
  // All words, those that may change too: the transcript holds only what is final.
  const text = words.map((word) => word.text).join(' ')
  return transcriptsOf({ ...spanOf(turn), speaker: label ?? undefined, text }, false)
}

function runsOf(turn: Turn): SpeechRun[] {
  const known = (label: string | null | undefined): string | undefined =>
    label === UNKNOWN || label === null ? undefined : label
  const runs = speechRuns(
    turn.words.map((word) => ({ speaker: known(word.speaker), text: word.text, startMs: word.start, endMs: word.end })),
  )
  if (runs.length > 1) return runs
  return [{ ...spanOf(turn), speaker: known(turn.speaker_label) ?? runs[0]?.speaker, text: turn.transcript }]
}

const spanOf = ({ words }: Turn): Pick<SpeechRun, 'startMs' | 'endMs'> => ({
  startMs: words[0]?.start ?? 0,
  endMs: words.at(-1)?.end ?? 0,
})

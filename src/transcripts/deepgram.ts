import { z } from 'zod'
import type { ImportedTranscript, TranscriptAdapter } from './imported-transcript.ts'
import { parsePayload, secondsSchema } from './payload.ts'
import { joinRuns, type SpeechRun, sameSpeaker, speechRuns, transcriptsOf } from './speech-run.ts'

const kindSchema = z.object({ type: z.string() })

const channelIndexSchema = z.array(z.int().min(0)).min(1).default([0, 1])

const resultsSchema = z.object({
  channel_index: channelIndexSchema,
  start: secondsSchema,
  duration: secondsSchema,
  /** The words will not change any more; the utterance may go on. */
  is_final: z.boolean().default(false),
  /** A pause: the utterance is over. */
  speech_final: z.boolean().default(false),
  /** What was left when the client asked for it: nothing more comes of this utterance. */
  from_finalize: z.boolean().default(false),
  channel: z.object({
    alternatives: z.array(
      z.object({
        transcript: z.string(),
        words: z
          .array(
            z.object({
              word: z.string(),
              punctuated_word: z.string().optional(),
              start: secondsSchema,
              end: secondsSchema,
              speaker: z.int().min(0).optional(),
            }),
          )
          .default([]),
      }),
    ),
  }),
})
type Results = z.infer<typeof resultsSchema>

const utteranceEndSchema = z.object({ channel: channelIndexSchema })

/** A silence between words that ends an utterance although nobody has said so, as where endpointing is off. */
const LONGEST_PAUSE_MS = 1_000
/** An utterance is not joined beyond this: somebody may speak for minutes without a pause. */
const LONGEST_UTTERANCE_MS = 30_000

/**
 * Live messages of Deepgram (https://developers.deepgram.com/docs/understand-endpointing-interim-results): the final
 * `Results` of an utterance are joined until `speech_final`, `UtteranceEnd`, another speaker, a second of silence, or
 * the end of the stream (`Metadata`). With `diarize` the speakers are `speaker-0`, `speaker-1`, …; with several channels
 * `channel-0`, …; with both `channel-0-speaker-1`.
 */
export function createDeepgramAdapter(): TranscriptAdapter {
  /** What is final of the utterance that goes on in each channel. */
  const open = new Map<number, SpeechRun>()

  function finish(channel: number): ImportedTranscript[] {
    const run = open.get(channel)
    open.delete(channel)
    return run === undefined ? [] : transcriptsOf(run, true)
  }

  function interim(channel: number, [heard]: readonly SpeechRun[]): ImportedTranscript[] {
    const run = open.get(channel)
    if (heard === undefined) return []
    if (run === undefined) return transcriptsOf(heard, false)
    // Who speaks is not sure before the words are final: another speaker is not told until then.
    return goesOn(run, heard) ? transcriptsOf(joinRuns(run, heard), false) : []
  }

  function final(channel: number, heard: readonly SpeechRun[], over: boolean): ImportedTranscript[] {
    const said: ImportedTranscript[] = []
    for (const next of heard) {
      const run = open.get(channel)
      if (run === undefined) open.set(channel, next)
      else if (goesOn(run, next)) open.set(channel, joinRuns(run, next))
      else {
        said.push(...finish(channel))
        open.set(channel, next)
      }
    }
    if (over) return [...said, ...finish(channel)]
    const run = open.get(channel)
    return run === undefined || heard.length === 0 ? said : [...said, ...transcriptsOf(run, false)]
  }

  return {
    take(payload) {
      const { type } = parsePayload(kindSchema, payload)
      if (type === 'Results') {
        const results = parsePayload(resultsSchema, payload)
        const channel = results.channel_index[0]!
        if (!results.is_final) return interim(channel, runsOf(results))
        return final(channel, runsOf(results), results.speech_final || results.from_finalize)
      }
      if (type === 'UtteranceEnd') return finish(parsePayload(utteranceEndSchema, payload).channel[0]!)
      if (type === 'Metadata') return [...open.keys()].flatMap(finish)
      return []
    },
  }
}

const goesOn = (run: SpeechRun, next: SpeechRun): boolean =>
  sameSpeaker(run, next) &&
  next.startMs - run.endMs < LONGEST_PAUSE_MS &&
  next.endMs - run.startMs <= LONGEST_UTTERANCE_MS

function runsOf({ channel_index, start, duration, channel }: Results): SpeechRun[] {
  const [best] = channel.alternatives
  if (best === undefined || best.transcript.trim() === '') return []
  const [index, count = 1] = channel_index
  const ofChannel = count > 1 ? `channel-${index}` : undefined
  const whole = { speaker: ofChannel, text: best.transcript, startMs: start, endMs: start + duration }
  const runs = speechRuns(
    best.words.map((word) => ({
      speaker:
        word.speaker === undefined ? ofChannel : [ofChannel, `speaker-${word.speaker}`].filter(Boolean).join('-'),
      text: word.punctuated_word ?? word.word,
      startMs: word.start,
      endMs: word.end,
    })),
  )
  if (runs.length === 0) return [whole]
  // Of one speaker: the transcript, which may be formatted better than its words.
  return runs.length === 1 ? [{ ...runs[0]!, text: best.transcript }] : runs
}

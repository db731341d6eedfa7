import { VAD_STEP_MS } from './silero.ts'

export interface SegmenterOptions {
  /** Speech begins at a step of at least this probability. */
  readonly threshold?: number
  /** Silence begins at a step below this: lower than `threshold`, so that a wavering voice stays one stretch. */
  readonly silenceThreshold?: number
  /** Shorter stretches are dropped: clicks, coughs. */
  readonly minSpeechMs?: number
  /** A pause of this length ends the utterance. */
  readonly minSilenceMs?: number
  /** Added before and after, as far as there is room: the detector finds soft beginnings and ends late. */
  readonly padMs?: number
  /** A longer stretch is cut, at its last dip where there is one: a bound on latency and memory. */
  readonly maxSpeechMs?: number
}

export type SegmentEvent =
  | { readonly type: 'start'; readonly startMs: number }
  | { readonly type: 'end'; readonly startMs: number; readonly endMs: number }

export interface SpeechSegmenter {
  /** The speech probability of the next 32 ms in; what is certain by now out. */
  push(probability: number): SegmentEvent[]
  /** The end of the stream: closes an open utterance. */
  end(): SegmentEvent[]
}

/**
 * Utterance boundaries from speech probabilities by Silero's published logic (silero-vad, `get_speech_timestamps`):
 * hysteresis of two thresholds, minimum speech, minimum silence, padding. Its defaults, but for `minSilenceMs`: its 100 ms
 * cuts at pauses inside a sentence; 500 ms is where pauses between turns begin (Heldner & Edlund 2010). Times are integer
 * milliseconds from the first step. `start` comes once the stretch is long enough to count; every `start` has its `end`,
 * and utterances never overlap.
 */
export function createSpeechSegmenter(options: SegmenterOptions = {}): SpeechSegmenter {
  const threshold = options.threshold ?? 0.5
  const silenceThreshold = options.silenceThreshold ?? Math.max(threshold - 0.15, 0.01)
  const { minSpeechMs = 250, minSilenceMs = 500, padMs = 30, maxSpeechMs = 30_000 } = options

  let now = 0 // end of the last step
  let speechFrom: number | undefined // beginning of the open stretch, without padding
  let silenceFrom: number | undefined // beginning of the pause that may end it
  let lastDip: number | undefined // the latest place to cut an endless stretch
  let announced: number | undefined // its padded start, once it is long enough
  let previousEnd = 0

  const paddedStart = (from: number): number => Math.max(previousEnd, Math.round(from - padMs))

  function close(speechEnd: number): SegmentEvent[] {
    const events: SegmentEvent[] = []
    if (speechFrom !== undefined && speechEnd - speechFrom >= minSpeechMs) {
      const startMs = announced ?? paddedStart(speechFrom)
      if (announced === undefined) events.push({ type: 'start', startMs })
      const endMs = Math.round(Math.min(speechEnd + padMs, now))
      events.push({ type: 'end', startMs, endMs })
      previousEnd = endMs
    }
    speechFrom = undefined
    silenceFrom = undefined
    lastDip = undefined
    announced = undefined
    return events
  }

  return {
    push(probability) {
      const from = now
      now += VAD_STEP_MS
      if (probability >= threshold) {
        speechFrom ??= from
        silenceFrom = undefined
      } else if (probability < silenceThreshold && speechFrom !== undefined) {
        silenceFrom ??= from
        lastDip = silenceFrom
      }
      if (speechFrom === undefined) return []
      if (silenceFrom !== undefined && now - silenceFrom >= minSilenceMs) return close(silenceFrom)
      const events: SegmentEvent[] = []
      const certain = (silenceFrom ?? now) - speechFrom
      if (announced === undefined && certain >= minSpeechMs) {
        announced = paddedStart(speechFrom)
        events.push({ type: 'start', startMs: announced })
      }
      if (now - speechFrom < maxSpeechMs) return events
      const cut = lastDip !== undefined && lastDip - speechFrom >= minSpeechMs ? lastDip : now
      const stillSpeaking = silenceFrom === undefined
      events.push(...close(cut))
      if (stillSpeaking) speechFrom = Math.max(cut, previousEnd)
      return events
    },
    end: () => close(silenceFrom ?? now),
  }
}

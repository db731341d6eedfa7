import { z } from 'zod'
import { AUDIO_SAMPLE_BYTES, AUDIO_SAMPLES_PER_MS, decodeMediaFrame, type MediaFrame } from './protocol/media-frame.ts'

/** How fast media may come; every default with its reason. */
export const paceConfigSchema = z.strictObject({
  /** Seconds of media a second. A client that fell behind its microphone catches up at twice its speed. */
  factor: z.number().min(1).default(2),
  /**
   * Ms of media that may be ahead of that before the socket is held: what a client has kept during a short interruption
   * and sends at once.
   */
  burstMs: z.int().nonnegative().default(30_000),
})
export type PaceConfig = z.infer<typeof paceConfigSchema>

/** How far the media of one conversation runs ahead of the clock. */
export interface Pace {
  /**
   * Takes note of media of one stream (a participant's audio, or pictures) that reaches up to `endMs` and lasts
   * `durationMs`, 0 for a picture.
   * @returns ms for which the client should be held; 0 as long as it is not faster than allowed
   */
  take(stream: string, endMs: number, durationMs: number): number
}

/** A frame that jumps further counts as this: a wrong clock must not silence its client for hours. */
const LARGEST_STEP_MS = 2_000

/** The shortest hold, ms: whoever is ahead is not stopped and started for every frame. */
const SHORTEST_HOLD_MS = 250

/** As {@link Pace.take}, of a binary frame of the protocol; 0 for what is none, which is refused elsewhere. */
export function paceOf(frame: Uint8Array, pace: Pace): number {
  const media = decoded(frame)
  if (media === undefined) return 0
  const { kind, participant, startMs, payload } = media
  const durationMs = kind === 'audio' ? payload.byteLength / AUDIO_SAMPLE_BYTES / AUDIO_SAMPLES_PER_MS : 0
  const holdMs = pace.take(`${kind} ${participant}`, startMs + durationMs, durationMs)
  return holdMs === 0 ? 0 : Math.max(SHORTEST_HOLD_MS, holdMs)
}

function decoded(frame: Uint8Array): MediaFrame | undefined {
  try {
    return decodeMediaFrame(frame)
  } catch {
    return undefined
  }
}

interface Stream {
  endMs: number
  at: number
  /** Ms of media that came before their time. */
  aheadMs: number
}

/**
 * A leaky bucket for each stream: filled by the media's time, emptied by the clock's, `factor` times as fast. Time is what
 * the frames say it is, or what they last where that is more, so that neither gaps nor repetitions deceive it: a pause of
 * a minute in the media and on the clock fills nothing.
 *
 * @param now ms of a clock that never goes back
 */
export function createPace({ factor, burstMs }: PaceConfig, now: () => number): Pace {
  const streams = new Map<string, Stream>()
  return {
    take(stream, endMs, durationMs) {
      const at = now()
      const before = streams.get(stream) ?? { endMs: endMs - durationMs, at, aheadMs: 0 }
      const came = Math.max(durationMs, Math.min(endMs - before.endMs, LARGEST_STEP_MS))
      const aheadMs = Math.max(0, before.aheadMs + came - (at - before.at) * factor)
      streams.set(stream, { endMs: Math.max(endMs, before.endMs), at, aheadMs })
      return Math.max(0, (aheadMs - burstMs) / factor)
    },
  }
}

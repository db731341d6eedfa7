import { type ClockEstimate, createStreamClock } from './stream-clock.ts'

/** What is known of one participant's media clocks, in ms. */
export interface ClockReport {
  readonly audio?: ClockEstimate | undefined
  readonly video?: ClockEstimate | undefined
  /** By how much pictures are stamped later (+) than sound of the same moment. */
  readonly skewMs?: number | undefined
  /** What is added to the stamps of pictures because of it. */
  readonly correctionMs: number
}

/** The times of one participant's media, in ms from the start of the conversation. */
export interface ParticipantClock {
  /** Added to every stamp, as the client has declared. */
  setOffset(ms: number): void
  /** The conversation's time of a frame. `lengthMs`: of its sound. */
  audio(stampMs: number, lengthMs: number, arrivedAtMs: number): number
  picture(stampMs: number, arrivedAtMs: number): number
  readonly report: ClockReport
}

/**
 * Sound and pictures further apart than this are told apart by different clocks. Cameras and their encoders take up to
 * 200 ms longer than microphones, and what a face shows changes little in that time: below it stamps are right.
 */
const DISAGREEMENT_MS = 250

/**
 * A client says what time its media is of: stamp + declared offset, and that is what counts. Arrival is no measure of
 * time: it holds the network's delay, which is why the estimates of {@link createStreamClock} are reported and move
 * nothing, but for one case. Where a participant's two streams, which come through one connection and so with one delay,
 * disagree by more than DISAGREEMENT_MS, one of them is stamped by a clock that began at another moment or drifts. Then
 * the sound's stamps stay, because transcripts are written from the sound, and pictures are moved onto them. The
 * correction moves in steps, only when it is wrong by DISAGREEMENT_MS again, so that pictures do not wander with jitter.
 */
export function createParticipantClock(): ParticipantClock {
  const [audioClock, videoClock] = [createStreamClock(), createStreamClock()]
  let offset = 0
  let correctionMs = 0

  const skew = (): number | undefined => {
    const [audio, video] = [audioClock.estimate, videoClock.estimate]
    return audio && video && audio.offsetMs - video.offsetMs
  }

  return {
    setOffset(ms) {
      offset = ms
    },
    audio(stampMs, lengthMs, arrivedAtMs) {
      audioClock.observe(stampMs + lengthMs, arrivedAtMs)
      return stampMs + offset
    },
    picture(stampMs, arrivedAtMs) {
      videoClock.observe(stampMs, arrivedAtMs)
      const found = skew()
      if (found !== undefined && Math.abs(found + correctionMs) > DISAGREEMENT_MS) correctionMs = -Math.round(found)
      return stampMs + offset + correctionMs
    },
    get report() {
      return { audio: audioClock.estimate, video: videoClock.estimate, skewMs: skew(), correctionMs }
    },
  }
}

/** Beyond this the sound and the conversation's clock are no longer one: the computer slept, or the device stood still. */
const MOST_DRIFT_MS = 250

/** Gives the time in the conversation of sound that is counted by its samples. */
export interface MediaClock {
  /**
   * @param offsetMs of the frame's first sample, counted by samples
   * @param nowMs the conversation's time now, as the frame's last sample has come
   */
  startMs(offsetMs: number, lengthMs: number, nowMs: number): number
}

/**
 * Samples are counted without the jitter of their delivery, so they give the time, and the conversation's clock only says
 * where they began. Where the two have come apart, that is said anew; times never go back.
 */
export function createMediaClock(): MediaClock {
  let base: number | undefined
  let reached = 0

  return {
    startMs(offsetMs, lengthMs, nowMs) {
      const heard = nowMs - lengthMs
      if (base === undefined || Math.abs(base + offsetMs - heard) > MOST_DRIFT_MS) base = heard - offsetMs
      const start = Math.max(reached, Math.round(base + offsetMs), 0)
      reached = start + lengthMs
      return start
    },
  }
}

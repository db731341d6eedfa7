export interface FrameSampler {
  /** Whether the frame of this time is taken; each frame is asked for once, in the order of arrival. */
  take(timeMs: number): boolean
  /** Frames that were not taken. */
  readonly dropped: number
}

/**
 * At most `framesPerSecond` frames of each second (Infinity: all), whatever rate they come at: time since the first frame is cut into
 * slots of 1000 / framesPerSecond ms, and the first frame of each slot is taken. Which frames are taken depends on their
 * times alone, so a file and a stream of the same frames give the same, and sampling twice takes all that was taken once.
 * A frame that is not later than the one before it is dropped.
 */
export function createFrameSampler(framesPerSecond: number): FrameSampler {
  let first: number | undefined
  let slot = -1
  let dropped = 0
  return {
    take(timeMs) {
      first ??= timeMs
      // Times are rounded to whole ms: half a one keeps a frame that lies on a slot's edge inside it.
      const next = Number.isFinite(framesPerSecond)
        ? Math.floor(((timeMs - first + 0.5) * framesPerSecond) / 1000)
        : timeMs - first
      if (next <= slot) {
        dropped += 1
        return false
      }
      slot = next
      return true
    },
    get dropped() {
      return dropped
    },
  }
}

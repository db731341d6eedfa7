import { DESCRIPTOR_COUNT, FIRST_VOICED_DESCRIPTOR } from './descriptors.ts'

export interface Smoother {
  /** One raw frame [23] in, the smoothed frame before it out. */
  push(frame: Float64Array): Float64Array | undefined
  /** The last frame, smoothed. */
  end(): Float64Array | undefined
  /** Another one in the same state. */
  copy(): Smoother
}

/**
 * Symmetric moving average over three frames (Eyben et al. 2016, section 3: "smoothed over time with a symmetric moving
 * average filter 3 frames long"; of F0, jitter, shimmer and the other voiced ones "smoothing is only performed within
 * voiced regions"): there a zero stays zero and counts in no average.
 */
export function createSmoother(): Smoother {
  return smootherOf(undefined, undefined)
}

/** @param before the last frame but one, `current` the last; they are never changed */
function smootherOf(before: Float64Array | undefined, current: Float64Array | undefined): Smoother {
  function smooth(next: Float64Array | undefined): Float64Array | undefined {
    if (!current) return undefined
    const result = new Float64Array(DESCRIPTOR_COUNT)
    for (let d = 0; d < DESCRIPTOR_COUNT; d += 1) {
      const voiced = d >= FIRST_VOICED_DESCRIPTOR
      if (voiced && current[d] === 0) continue
      let sum = 0
      let count = 0
      for (const frame of [before, current, next]) {
        if (!frame || (voiced && frame[d] === 0)) continue
        sum += frame[d]!
        count += 1
      }
      result[d] = sum / count
    }
    return result
  }

  return {
    push(frame) {
      const result = smooth(frame)
      before = current
      current = frame
      return result
    },
    end() {
      const result = smooth(undefined)
      before = undefined
      current = undefined
      return result
    },
    copy: () => smootherOf(before, current),
  }
}

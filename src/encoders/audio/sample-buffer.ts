/** Samples of a stream between two moving ends, addressed by their index in the stream. */
export interface SampleBuffer {
  /** Index in the stream of the first sample kept. */
  readonly origin: number
  /** Index one past the last sample received. */
  readonly end: number
  /** The samples kept; valid until the next push. samples()[i] is sample origin + i of the stream. */
  samples(): Float32Array
  push(samples: Float32Array): void
  /** Forgets everything before `index`. */
  dropBefore(index: number): void
}

export function createSampleBuffer(capacity = 32_768): SampleBuffer {
  let store = new Float32Array(capacity)
  let start = 0 // of the kept samples in store
  let length = 0
  let origin = 0
  return {
    get origin() {
      return origin
    },
    get end() {
      return origin + length
    },
    samples: () => store.subarray(start, start + length),
    push(samples) {
      if (start + length + samples.length > store.length) {
        const needed = length + samples.length
        const next = needed * 2 > store.length ? new Float32Array(needed * 2) : store
        next.set(store.subarray(start, start + length).slice())
        store = next
        start = 0
      }
      store.set(samples, start + length)
      length += samples.length
    },
    dropBefore(index) {
      const count = Math.max(0, Math.min(index - origin, length))
      start += count
      length -= count
      origin += count
    },
  }
}

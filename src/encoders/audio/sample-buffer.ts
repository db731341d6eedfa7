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
  /** Another buffer in the same state; neither changes the other. */
  copy(): SampleBuffer
}

export function createSampleBuffer(capacity = 32_768): SampleBuffer {
  return bufferOf(new Float32Array(capacity), 0, 0)
}

/** @param length of the samples at the beginning of `store`, of which the first is number `origin` of the stream */
function bufferOf(store: Float32Array, length: number, origin: number): SampleBuffer {
  let start = 0 // of the kept samples in store
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
    copy() {
      const room = new Float32Array(2 * length)
      room.set(store.subarray(start, start + length))
      return bufferOf(room, length, origin)
    },
  }
}

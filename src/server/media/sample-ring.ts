import { AUDIO_RATE } from '../protocol/media-frame.ts'

/** The newest samples of one participant. Places are samples from the start of the conversation. */
export interface SampleRing {
  /** Of the oldest sample that is kept. */
  readonly oldest: number
  /** One past the newest. */
  readonly end: number
  /** Where the very first sample stood; undefined before it. */
  readonly first: number | undefined
  /** Goes on at `end`; the first call decides where the track begins. */
  write(from: number, samples: Int16Array): void
  /** `count` samples of silence. */
  silence(from: number, count: number): void
  /** Copies [from, to), full scale 1. @throws a plain error outside [oldest, end] */
  read(from: number, to: number): Float32Array
}

const FULL_SCALE = 32_768
const FIRST_SIZE = 2 * AUDIO_RATE

/** @param capacity samples that are kept, 2 bytes each; memory grows up to it as sound comes */
export function createSampleRing(capacity: number): SampleRing {
  let store = new Int16Array(Math.min(capacity, FIRST_SIZE))
  let first: number | undefined
  let end = 0
  let length = 0

  /** Makes room so that `more` samples can follow without losing what should be kept. */
  function grow(more: number): void {
    const wanted = Math.min(capacity, length + more)
    if (wanted <= store.length) return
    const larger = new Int16Array(Math.min(capacity, Math.max(wanted, 2 * store.length)))
    for (let place = end - length; place < end; place += 1) larger[place % larger.length] = store[place % store.length]!
    store = larger
  }

  function begin(from: number, count: number): void {
    first ??= from
    if (length === 0) end = from
    if (from !== end) throw new Error('samples do not go on where the last ones ended')
    grow(count)
  }

  function advance(count: number): void {
    end += count
    length = Math.min(store.length, length + count)
  }

  return {
    get oldest() {
      return end - length
    },
    get end() {
      return end
    },
    get first() {
      return first
    },
    write(from, samples) {
      begin(from, samples.length)
      // More than the ring holds: only its newest part stays.
      const skipped = Math.max(0, samples.length - store.length)
      for (let taken = skipped; taken < samples.length; ) {
        const at = (end + taken) % store.length
        const count = Math.min(samples.length - taken, store.length - at)
        store.set(samples.subarray(taken, taken + count), at)
        taken += count
      }
      advance(samples.length)
    },
    silence(from, count) {
      begin(from, count)
      const written = Math.min(count, store.length)
      for (let done = 0; done < written; ) {
        const at = (end + count - written + done) % store.length
        const stretch = Math.min(written - done, store.length - at)
        store.fill(0, at, at + stretch)
        done += stretch
      }
      advance(count)
    },
    read(from, to) {
      if (from < end - length || to > end || to < from) throw new Error('samples that are not kept were asked for')
      const samples = new Float32Array(to - from)
      for (let done = 0; done < samples.length; ) {
        const at = (from + done) % store.length
        const count = Math.min(samples.length - done, store.length - at)
        for (let k = 0; k < count; k += 1) samples[done + k] = store[at + k]! / FULL_SCALE
        done += count
      }
      return samples
    },
  }
}

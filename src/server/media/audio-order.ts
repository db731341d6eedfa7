import { AUDIO_SAMPLES_PER_MS } from '../protocol/media-frame.ts'

export type AudioDropReason = 'late' | 'duplicate' | 'overload'

export interface AudioOrderOptions {
  /** How far out of order frames may come. */
  readonly reorderMs: number
  /** Frames that follow each other within this are one sound. */
  readonly joinMs: number
  /** Samples that stand from sample `from` of the conversation on; each call goes on where the last one ended. */
  readonly onSamples: (from: number, samples: Int16Array) => void
  /** Nothing came for `count` samples from `from` on, and it is no longer waited for. */
  readonly onGap: (from: number, count: number) => void
  readonly onDropped: (reason: AudioDropReason, startMs: number) => void
}

/** Puts one participant's audio frames in order. Places are samples at 16 kHz from the start of the conversation. */
export interface AudioOrder {
  /** False where the frame is dropped. */
  push(startMs: number, samples: Int16Array): boolean
  /** One past the last sample that is in order; undefined before the first. */
  readonly position: number | undefined
  /** Waits no longer for what is missing before `place`. */
  flush(place: number): void
}

interface Waiting {
  readonly from: number
  readonly startMs: number
  readonly samples: Int16Array
}

/** Frames whose stamps are remembered, to know one that comes again from one that comes late. */
const REMEMBERED = 1_024
/** Frames that may wait at once; at 300 ms of 10 ms frames there are thirty. */
const MOST_WAITING = 1_024
/** What is left of a frame after what overlaps was cut off: below a stamp's unit it is rounding. */
const ROUNDING = AUDIO_SAMPLES_PER_MS

/**
 * A bounded reorder buffer. A frame that follows the last one is passed on at once. When one is missing, later ones wait for
 * it until the newest is `reorderMs` beyond the hole; then the hole is a gap. What comes for a place that has passed is
 * late; what overlaps with what is there is cut, whichever came first stays.
 *
 * Stamps are whole milliseconds, samples are not: a frame whose stamp is within `joinMs` of the last frame's end (never
 * more than a quarter of its own length) follows it sample by sample, so that rounding and clocks that jitter put no clicks into
 * the sound. Where stamps and samples drift apart beyond that, the sound is cut or a gap inserted: stamps win.
 */
export function createAudioOrder(options: AudioOrderOptions): AudioOrder {
  const reorder = options.reorderMs * AUDIO_SAMPLES_PER_MS
  const join = options.joinMs * AUDIO_SAMPLES_PER_MS
  const waiting: Waiting[] = []
  const seen = new Set<string>()
  let next: number | undefined
  /** True once samples were passed on: before it, what is missing is no gap but not yet begun. */
  let begun = false
  /** True while the last thing passed on was sound: a frame after a gap stands exactly where its stamp says. */
  let sounding = false
  let newest = 0

  function remember(startMs: number, length: number): boolean {
    const name = `${startMs} ${length}`
    if (seen.has(name)) return false
    seen.add(name)
    if (seen.size > REMEMBERED) seen.delete(seen.values().next().value!)
    return true
  }

  const near = ({ samples }: Waiting): number => (sounding ? Math.min(join, Math.max(ROUNDING, samples.length / 4)) : 0)

  function pass(frame: Waiting, place: number): void {
    const overlap = place - frame.from
    const cut = overlap > near(frame) ? overlap : 0
    const rest = frame.samples.length - cut
    if (rest <= (cut > 0 ? ROUNDING : 0)) {
      options.onDropped('duplicate', frame.startMs)
      return
    }
    options.onSamples(place, cut > 0 ? frame.samples.subarray(cut) : frame.samples)
    begun = true
    sounding = true
    next = place + rest
  }

  /** Passes on all that need not wait; holes that end before `given` are gaps. */
  function drain(given: number): void {
    for (let frame = waiting[0]; frame !== undefined && next !== undefined; frame = waiting[0]) {
      if (frame.from <= next + near(frame)) {
        waiting.shift()
        pass(frame, next)
        continue
      }
      const until = Math.min(frame.from, given)
      if (until <= next) return
      if (begun) options.onGap(next, until - next)
      sounding = false
      next = until
    }
  }

  function drop(reason: AudioDropReason, startMs: number): boolean {
    options.onDropped(reason, startMs)
    return false
  }

  function insert(frame: Waiting): void {
    let at = waiting.length
    while (at > 0 && waiting[at - 1]!.from > frame.from) at -= 1
    waiting.splice(at, 0, frame)
  }

  return {
    get position() {
      return begun ? next : undefined
    },
    push(startMs, samples) {
      const from = startMs * AUDIO_SAMPLES_PER_MS
      // What comes first need not be what is first.
      next ??= Math.max(0, from - reorder)
      if (!remember(startMs, samples.length)) return drop('duplicate', startMs)
      const end = from + samples.length
      if (end <= next + ROUNDING && from < next) return drop('late', startMs)
      if (waiting.length >= MOST_WAITING) return drop('overload', startMs)
      insert({ from, startMs, samples })
      newest = Math.max(newest, end)
      drain(newest - reorder)
      return true
    },
    flush(place) {
      drain(Math.max(place, newest - reorder))
    },
  }
}

import type { AudioEncoder, AudioEncoding, AudioUtterance } from '../../encoders/audio/audio-encoder.ts'
import { AUDIO_RATE } from '../protocol/media-frame.ts'
import type { SampleRing } from './sample-ring.ts'
import type { Steps } from './time-slicer.ts'

/** Samples of one step: 50 ms take about one millisecond. */
export const STEP = AUDIO_RATE / 20
/** How far apart the places are to which an utterance can go back. */
const BETWEEN_MARKS = AUDIO_RATE / 2
/** How many there are: five seconds, which recognisers that tell an utterance's end late need. */
const MOST_MARKS = 10

/** What became of an utterance's sound; `lost`: a part of it is no longer kept. */
export type TrackEncoding = AudioEncoding | { readonly missing: 'lost'; readonly reason: string }

/** The sound of an open utterance, encoded while it comes. Places are samples. */
export interface TrackedUtterance {
  readonly from: number
  /** Encodes what has come, up to `limit` where that is known. */
  advance(): Steps<void>
  /** It ends at `place`: nothing beyond it is encoded. */
  limit(place: number): void
  /** It reaches at least up to `place`. */
  reach(place: number): void
  /** The encoding of what has come from its beginning to `to`. Changes nothing. */
  encode(to: number): Steps<TrackEncoding>
}

const LOST: TrackEncoding = { missing: 'lost', reason: 'the utterance began before the sound that is kept' }

interface Mark {
  readonly place: number
  readonly utterance: AudioUtterance
}

/**
 * One utterance of a track. Nobody knows where it ends while it is spoken, so all that comes is encoded, and every half
 * second a copy is kept to go back to: at the end only what lies between the last copy before it and it is left to do.
 * The result is that of the whole at once: the encoder's result does not depend on how samples are cut.
 */
export function createTrackedUtterance(encoder: AudioEncoder, ring: SampleRing, start: number): TrackedUtterance {
  // Sound that begins after the utterance does: nothing was said to this microphone before.
  const from = Math.max(start, ring.first ?? start)
  const live = encoder.start()
  let place = from
  let limit = Number.POSITIVE_INFINITY
  let marks: Mark[] = []

  return {
    from,
    *advance() {
      for (;;) {
        const next = (marks.at(-1)?.place ?? from) + BETWEEN_MARKS
        const to = Math.min(ring.end, limit)
        if (place >= to || place < ring.oldest) return
        const until = Math.min(next, to)
        // `place` moves with the pushing: whoever asks between two steps finds both in agreement.
        while (place < until && place >= ring.oldest) {
          const end = Math.min(place + STEP, until)
          live.push(ring.read(place, end))
          place = end
          if (place === next) {
            marks.push({ place, utterance: live.copy() })
            if (marks.length > MOST_MARKS) marks.shift()
          }
          yield
        }
      }
    },
    limit(to) {
      limit = to
    },
    reach(to) {
      const useful = marks.findLastIndex((mark) => mark.place <= to)
      if (useful > 0) marks = marks.slice(useful)
    },
    *encode(to) {
      const end = Math.min(to, ring.end)
      const mark = place <= end ? { place, utterance: live } : marks.findLast((each) => each.place <= end)
      const utterance = mark?.utterance.copy() ?? encoder.start()
      for (let at = mark?.place ?? from; at < end; ) {
        if (at < ring.oldest) return LOST
        const next = Math.min(at + STEP, end)
        utterance.push(ring.read(at, next))
        at = next
        yield
      }
      return utterance.end()
    },
  }
}

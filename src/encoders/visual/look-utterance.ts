import { createFrameSampler } from '../media/frame-sampler.ts'
import { createFaceTracker } from './face-tracker.ts'
import type { FrameLook } from './frame-look.ts'
import { area } from './geometry.ts'
import { createVisualPool, type VisualPool } from './pooling.ts'

export interface VisualCounts {
  /** Frames that came, and of these: left out by the number a second, and looked at. */
  readonly frames: number
  readonly dropped: number
  readonly taken: number
  /** Of those looked at: with the face that the features are of. */
  readonly withFace: number
}

/** Why an utterance has no visual features. */
export type MissingVisual = 'no-video' | 'no-face'

export type VisualEncoding =
  | { readonly features: Float32Array; readonly counts: VisualCounts }
  | { readonly missing: MissingVisual; readonly reason: string; readonly counts: VisualCounts }

export interface LookUtteranceOptions {
  /** At most so many frames of each second are looked at. */
  readonly framesPerSecond: number
  /** Utterances with fewer frames that show a face have no visual modality. */
  readonly minimumFrames: number
  /** Classes of the recogniser whose probabilities are among the features. */
  readonly classes: number
}

/** An utterance of frames that look for themselves: no model is needed here. */
export interface LookUtterance {
  /** The next frame, in the order of time; resolves when it has been looked at. Where that fails, `end` rejects. */
  push(frame: FrameLook): Promise<void>
  /** The utterance's features, or why it has none, when all frames have been looked at. It takes no more frames. */
  end(): Promise<VisualEncoding>
}

/** The frames of one track, and how large its face was in them altogether. */
interface Track {
  readonly pool: VisualPool
  weight: number
}

/** Follows the faces of an utterance's frames and pools the one that was largest for longest. */
export function createLookUtterance({ framesPerSecond, minimumFrames, classes }: LookUtteranceOptions): LookUtterance {
  const sampler = createFrameSampler(framesPerSecond)
  const tracker = createFaceTracker()
  const tracks = new Map<number, Track>()
  let [frames, taken] = [0, 0]
  let queue: Promise<void> = Promise.resolve()

  async function look(frame: FrameLook): Promise<void> {
    const found = await frame.faces()
    const tracked = tracker.update(
      found.map(({ face }) => face),
      frame.timeMs,
    )
    const features = tracked && (await found.find(({ face }) => face === tracked.face)?.features())
    if (!features) return
    const track = tracks.get(tracked.track) ?? { pool: createVisualPool(classes), weight: 0 }
    tracks.set(tracked.track, track)
    track.pool.add(features)
    track.weight += area(tracked.face.box)
  }

  return {
    async push(frame) {
      frames += 1
      if (!sampler.take(frame.timeMs)) return
      taken += 1
      queue = queue.then(() => look(frame))
      await queue.catch(() => undefined) // `end` answers for it
    },
    async end() {
      await queue
      const main = [...tracks.values()].reduce<Track | undefined>(
        (best, track) => (best && best.weight >= track.weight ? best : track),
        undefined,
      )
      const withFace = main?.pool.count ?? 0
      const counts = { frames, taken, dropped: sampler.dropped, withFace }
      if (taken === 0) return { missing: 'no-video', reason: 'no picture came', counts }
      if (!main || withFace < minimumFrames) {
        const reason = `a face was seen in ${withFace} of ${taken} pictures; at least ${minimumFrames} are needed`
        return { missing: 'no-face', reason, counts }
      }
      return { features: main.pool.result(taken), counts }
    },
  }
}

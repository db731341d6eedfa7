import type { RgbImage } from '../media/video-frame.ts'
import { once } from '../once.ts'
import type { DetectedFace } from './face-detector.ts'
import { area } from './geometry.ts'
import type { FrameFeatures } from './pooling.ts'

/** One face of a picture. */
export interface FaceLook {
  readonly face: DetectedFace
  /** What is seen of it, or undefined where it is no face after all. */
  features(): Promise<FrameFeatures | undefined>
}

/**
 * A picture of a moving one that is looked at once, however many utterances ask. What is seen of a frame does not depend on
 * the utterance, so a stream's frames can be looked at as they come, before anybody knows where an utterance begins; and
 * what is seen takes a thousandth of the picture's memory.
 */
export interface FrameLook {
  readonly timeMs: number
  /** The faces in it, the most certain first. Rejects where the picture cannot be decoded or the models fail. */
  faces(): Promise<readonly FaceLook[]>
  /** Finds the faces and describes the largest, the one that an utterance will most likely ask for; lets the picture go. */
  look(): Promise<void>
}

/** What looks: the faces of a picture, and what is seen of one of them. */
export interface FrameLooker {
  detect(image: RgbImage): Promise<readonly DetectedFace[]>
  describe(image: RgbImage, face: DetectedFace): Promise<FrameFeatures | undefined>
}

/** @param decode gives the picture; called again for each further face that is asked for. Forgotten when all are known. */
export function createFrameLook(timeMs: number, decode: () => Promise<RgbImage>, looker: FrameLooker): FrameLook {
  let source: (() => Promise<RgbImage>) | undefined = decode
  let image: RgbImage | undefined
  const picture = async (): Promise<RgbImage> => {
    if (source === undefined) throw new Error('a picture was asked for after all of it was known')
    return image ?? source()
  }

  const faces = once(async (): Promise<readonly FaceLook[]> => {
    image = await picture()
    const found = await looker.detect(image)
    let unknown = found.length
    if (unknown === 0) release()
    return found.map((face) => ({
      face,
      features: once(async () => {
        const features = await looker.describe(await picture(), face)
        image = undefined
        unknown -= 1
        if (unknown === 0) release()
        return features
      }),
    }))
  })

  function release(): void {
    image = undefined
    source = undefined
  }

  return {
    timeMs,
    faces,
    async look() {
      await largestOf(await faces())?.features()
      image = undefined
    },
  }
}

/** The face that an utterance will most likely ask for. */
export const largestOf = (faces: readonly FaceLook[]): FaceLook | undefined =>
  faces.reduce<FaceLook | undefined>(
    (best, one) => (best && area(best.face.box) >= area(one.face.box) ? best : one),
    undefined,
  )

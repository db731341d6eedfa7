import type { RgbImage } from '../media/video-frame.ts'
import type { DescriptorProjection } from './descriptor-projection.ts'
import type { FaceEncoder } from './face-encoder.ts'
import { type FaceRecogniser, frameFeatures } from './frame-features.ts'
import { type Square, wholePicture } from './geometry.ts'
import { createVisualPool } from './pooling.ts'

/**
 * The detector looks at a square so many times as wide as the picture: where a data set has cut faces out so closely that
 * they fill their picture (FER2013), it finds them only with room around.
 */
const MARGIN = 1.6

/**
 * A single picture as an utterance of one frame, as visualColumns: the most certain face goes through what a frame of a
 * video goes through, so that both can be compared. Deviations over frames are 0; whoever learns from pictures for videos
 * leaves their columns out. Undefined where no face is found.
 */
export async function pictureFeatures(
  image: RgbImage,
  faces: Pick<FaceEncoder, 'detect' | 'describe'>,
  project: DescriptorProjection,
  recogniser?: FaceRecogniser,
): Promise<Float32Array | undefined> {
  const [face] = await faces.detect(image, withRoom(image))
  const features = face && (await frameFeatures(image, face, { faces, project, recogniser }))
  if (!features) return undefined
  const pool = createVisualPool(recogniser?.classes.length)
  pool.add(features)
  return pool.result(1)
}

/** The square in which the detector finds the face of a picture that shows nothing else. */
export function withRoom(image: RgbImage): Square {
  const all = wholePicture(image)
  return { ...all, side: all.side * MARGIN }
}

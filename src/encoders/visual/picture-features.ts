import type { RgbImage } from '../media/video-frame.ts'
import type { DescriptorProjection } from './descriptor-projection.ts'
import type { FaceEncoder } from './face-encoder.ts'
import { faceMeasures } from './face-measures.ts'
import { wholePicture } from './geometry.ts'
import { createVisualPool } from './pooling.ts'
import type { FaceRecogniser } from './visual-encoder.ts'

/**
 * The detector looks at a square so many times as wide as the picture: where a data set has cut faces out so closely that
 * they fill their picture (FER2013), it finds them only with room around.
 */
const MARGIN = 1.6

/**
 * A single picture as an utterance of one frame, as visualColumns: the most certain face goes through what a frame of a video goes
 * through, so that both can be compared. Deviations over frames are 0; whoever learns from pictures for videos leaves
 * their columns out. Undefined where no face is found.
 */
export async function pictureFeatures(
  image: RgbImage,
  faces: Pick<FaceEncoder, 'detect' | 'describe'>,
  project: DescriptorProjection,
  recogniser?: FaceRecogniser,
): Promise<Float32Array | undefined> {
  const all = wholePicture(image)
  const [face] = await faces.detect(image, { ...all, side: all.side * MARGIN })
  const seen = face && (await faces.describe(image, face))
  const measures = seen && faceMeasures(seen.landmarks)
  if (!measures) return undefined
  const pool = createVisualPool(recogniser?.classes.length)
  const recognised = (await recogniser?.probabilities(seen)) ?? new Float32Array(0)
  pool.add({ expressions: seen.expressions, measures, appearance: project(seen.descriptor), recognised })
  return pool.result(1)
}

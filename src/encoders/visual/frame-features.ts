import type { RgbImage } from '../media/video-frame.ts'
import { type DescriptorProjection, PROJECTION_SIZE } from './descriptor-projection.ts'
import type { DetectedFace } from './face-detector.ts'
import type { FaceEncoder, FaceEncoding } from './face-encoder.ts'
import { faceMeasures } from './face-measures.ts'
import type { FrameFeatures } from './pooling.ts'

/** A classifier of what a face expresses, such as `emograph train face` makes. */
export interface FaceRecogniser {
  /** Of its weights; it becomes part of the encoder's name. */
  readonly name: string
  readonly classes: readonly string[]
  /** The probability of each class [classes]. */
  probabilities(face: FaceEncoding): Float32Array | Promise<Float32Array>
}

/** What describes a face. */
export interface FaceDescribers {
  readonly faces: Pick<FaceEncoder, 'describe'>
  readonly project: DescriptorProjection
  readonly recogniser?: FaceRecogniser | undefined
}

/** Not available, like a value that could not be measured. */
const NO_APPEARANCE = new Float32Array(PROJECTION_SIZE).fill(Number.NaN)

/** What is seen of one face of a picture, or undefined where it is no face after all. */
export async function frameFeatures(
  image: RgbImage,
  face: DetectedFace,
  { faces, project, recogniser }: FaceDescribers,
): Promise<FrameFeatures | undefined> {
  const seen = await faces.describe(image, face)
  const measures = seen && faceMeasures(seen.landmarks)
  if (!measures) return undefined
  return {
    expressions: seen.expressions,
    measures,
    appearance: seen.descriptor.length > 0 ? project(seen.descriptor) : NO_APPEARANCE,
    recognised: (await recogniser?.probabilities(seen)) ?? new Float32Array(0),
  }
}

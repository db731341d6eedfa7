import { join } from 'node:path'
import { packagePath } from '../../package.ts'
import type { RgbImage } from '../media/video-frame.ts'
import { createDescriptorModel } from './face-descriptor.ts'
import { createFaceDetector, type DetectedFace } from './face-detector.ts'
import { createExpressionModel } from './face-expression.ts'
import { createFaceMesh } from './face-mesh.ts'
import { type Square, squareAround, tilt, wholePicture } from './geometry.ts'

/** The square that the models look at is so many times the detector's box, which ends at chin and eyebrows. */
export const CROP_SCALE = 1.4

/** What is seen of one face. Age, sex and identity are not: no model here computes them. */
export interface FaceEncoding {
  /** The square of the picture that was looked at, the eyes level in it. */
  readonly square: Square
  /** x, y, z of 468 landmarks [1404], in pixels of the picture. */
  readonly landmarks: Float32Array
  /** Probability that the square holds a face. */
  readonly faceProbability: number
  /** Probabilities of EXPRESSIONS [7]. */
  readonly expressions: Float32Array
  /** The face's appearance [1024]. */
  readonly descriptor: Float32Array
}

export type FaceResult = FaceEncoding | { readonly missing: 'no-face'; readonly reason: string }

export interface FaceEncoder {
  /** The faces of a picture, or of an upright square of it, the most certain first. */
  detect(image: RgbImage, within?: Square): Promise<DetectedFace[]>
  /** What is seen in a square; `alignedSquare(face)` is a detected face's. */
  describe(image: RgbImage, square: Square): Promise<FaceEncoding>
  /**
   * The most certain face of a picture. With `whole`, the whole picture is taken to be an upright face: for data sets of
   * cut-out faces, such as FER2013, in which a detector finds no face because nothing but the face is there.
   */
  encodeFace(image: RgbImage, options?: { readonly whole?: boolean }): Promise<FaceResult>
  dispose(): Promise<void>
}

export interface FaceEncoderOptions {
  /** The folder of the four models; default: the shipped one. */
  readonly folder?: string
  readonly minimumScore?: number
}

/** The square of a detected face: its box times 1.4, turned so that the eyes are level. */
export const alignedSquare = (face: DetectedFace): Square =>
  squareAround(face.box, CROP_SCALE, tilt(face.leftEye, face.rightEye))

/**
 * Detector, landmarks, expressions and descriptor of models/face. Create one a process and share it: it holds four
 * onnxruntime sessions and no state. Errors `EMO_ENCODER_UNAVAILABLE`.
 *
 * @example
 * const faces = await createFaceEncoder()
 * const seen = await faces.encodeFace(await decodeImage(bytes))
 * if ('descriptor' in seen) console.log(seen.expressions)
 */
export async function createFaceEncoder(options: FaceEncoderOptions = {}): Promise<FaceEncoder> {
  const folder = options.folder ?? packagePath('models/face')
  const detector = await createFaceDetector(join(folder, 'blazeface.onnx'), {
    ...(options.minimumScore !== undefined && { minimumScore: options.minimumScore }),
  })
  const mesh = await createFaceMesh(join(folder, 'facemesh.onnx'))
  const expression = await createExpressionModel(join(folder, 'emotion.onnx'))
  const descriptor = await createDescriptorModel(join(folder, 'faceres.onnx'))

  const describe = async (image: RgbImage, square: Square): Promise<FaceEncoding> => ({
    square,
    ...(await mesh.run(image, square)),
    expressions: await expression.run(image, square),
    descriptor: await descriptor.run(image, square),
  })
  return {
    detect: (image, within) => detector.detect(image, within),
    describe,
    async encodeFace(image, { whole = false } = {}) {
      if (whole) return describe(image, wholePicture(image))
      const [face] = await detector.detect(image)
      if (!face) return { missing: 'no-face', reason: 'no face was found in the picture' }
      return describe(image, alignedSquare(face))
    },
    async dispose() {
      for (const model of [detector, mesh, expression, descriptor]) await model.dispose()
    },
  }
}

import { join } from 'node:path'
import { packagePath } from '../../package.ts'
import type { RgbImage } from '../media/video-frame.ts'
import { createDescriptorModel } from './face-descriptor.ts'
import { createFaceDetector, type DetectedFace } from './face-detector.ts'
import { createExpressionModel } from './face-expression.ts'
import { createFaceMesh, type FaceMeshResult } from './face-mesh.ts'
import { type Square, squareAround, tilt, wholePicture } from './geometry.ts'
import { landmarkSquare } from './landmark-square.ts'

/** The landmark model's square is so many times the detector's box. */
const CROP_SCALE = 1.4

/** What is seen of one face. Age, sex and identity are not: no model here computes them. */
export interface FaceEncoding {
  /** The square of the picture in which expression and appearance were read: the face and no more, the eyes level. */
  readonly square: Square
  /** x, y, z of 468 landmarks [1404], in pixels of the picture. */
  readonly landmarks: Float32Array
  /** Probability that this is a face, by the landmark model. */
  readonly faceProbability: number
  /** Probabilities of EXPRESSIONS [7]. */
  readonly expressions: Float32Array
  /** The face's appearance [1024]; empty where the encoder was made without. */
  readonly descriptor: Float32Array
}

export type FaceResult = FaceEncoding | { readonly missing: 'no-face'; readonly reason: string }

export interface FaceEncoder {
  /** The faces of a picture, or of an upright square of it, the most certain first. */
  detect(image: RgbImage, within?: Square): Promise<DetectedFace[]>
  /** What is seen of a detected face, or undefined where the landmark model finds that it is none. */
  describe(image: RgbImage, face: DetectedFace): Promise<FaceEncoding | undefined>
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
  /** False: without the descriptor, which takes half of the time. */
  readonly descriptor?: boolean
  /** A face is one from this certainty of the detector on; default 0.5. */
  readonly minimumScore?: number
  /** ...and from this probability of the landmark model on; default 0.5. */
  readonly minimumFaceProbability?: number
}

/** Where the landmark model looks: a face's box times 1.4, turned so that the eyes are level. */
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
  const { folder = packagePath('models/face'), minimumFaceProbability = 0.5 } = options
  const detector = await createFaceDetector(join(folder, 'blazeface.onnx'), {
    ...(options.minimumScore !== undefined && { minimumScore: options.minimumScore }),
  })
  const mesh = await createFaceMesh(join(folder, 'facemesh.onnx'))
  const expression = await createExpressionModel(join(folder, 'emotion.onnx'))
  const descriptor =
    options.descriptor === false ? undefined : await createDescriptorModel(join(folder, 'faceres.onnx'))

  // Expression and appearance are read in a closer square than landmarks: on FER2013's validation images the expression
  // model is right in 56 % with the landmarks' own square and 42 % with the wide one (bench:visual-projection).
  const read = async (image: RgbImage, square: Square, found: FaceMeshResult): Promise<FaceEncoding> => ({
    square,
    ...found,
    expressions: await expression.run(image, square),
    descriptor: (await descriptor?.run(image, square)) ?? new Float32Array(0),
  })
  const describe = async (image: RgbImage, face: DetectedFace): Promise<FaceEncoding | undefined> => {
    const found = await mesh.run(image, alignedSquare(face))
    if (!(found.faceProbability >= minimumFaceProbability)) return undefined
    return read(image, landmarkSquare(found.landmarks), found)
  }
  return {
    detect: (image, within) => detector.detect(image, within),
    describe,
    async encodeFace(image, { whole = false } = {}) {
      const all = wholePicture(image)
      if (whole) return read(image, all, await mesh.run(image, all))
      const [face] = await detector.detect(image)
      const seen = face && (await describe(image, face))
      return seen ?? { missing: 'no-face', reason: 'no face was found in the picture' }
    },
    async dispose() {
      for (const model of [detector, mesh, expression, descriptor]) await model?.dispose()
    },
  }
}

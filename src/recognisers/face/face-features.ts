import { join } from 'node:path'
import type { RgbImage } from '../../encoders/media/video-frame.ts'
import { createDescriptorModel, DESCRIPTOR_SIZE } from '../../encoders/visual/face-descriptor.ts'
import { createFaceDetector } from '../../encoders/visual/face-detector.ts'
import { alignedSquare } from '../../encoders/visual/face-encoder.ts'
import { createFaceMesh } from '../../encoders/visual/face-mesh.ts'
import { type Square, wholePicture } from '../../encoders/visual/geometry.ts'
import { landmarkSquare } from '../../encoders/visual/landmark-square.ts'
import { sampleSquare } from '../../encoders/visual/sample.ts'
import { packagePath } from '../../package.ts'

/**
 * What a recogniser sees of a face. `descriptor`: the frozen descriptor [1024]. `pixels`: the crop itself, grey
 * [side²], 0 to 255. The expression network of models/face is neither: it has learnt from FER2013, whose pictures a
 * recogniser that uses it could then not be judged on.
 */
export interface FaceFeatures {
  /** Identity of the numbers. */
  readonly name: string
  /** Numbers of a row: 1024, or 1 a pixel. */
  readonly size: number
  run(image: RgbImage, square: Square): Promise<Float32Array>
  dispose(): Promise<void>
}

const FOLDER = packagePath('models/face')

/** @throws EMO_ENCODER_UNAVAILABLE */
export async function createDescriptorFeatures(folder = FOLDER): Promise<FaceFeatures> {
  const descriptor = await createDescriptorModel(join(folder, 'faceres.onnx'))
  return { name: 'faceres-v1', size: DESCRIPTOR_SIZE, run: descriptor.run, dispose: descriptor.dispose }
}

/** The crop in `side` x `side` grey pixels (ITU-R BT.601). */
export function createPixelFeatures(side: number): FaceFeatures {
  return {
    name: `grey${side}-v1`,
    size: 1,
    async run(image, square) {
      const rgb = sampleSquare(image, square, side)
      return Float32Array.from(
        { length: side * side },
        (_, k) => 0.299 * rgb[3 * k]! + 0.587 * rgb[3 * k + 1]! + 0.114 * rgb[3 * k + 2]!,
      )
    },
    dispose: async () => {},
  }
}

/** Finds the square of the face in a picture. */
export interface FaceFinder {
  /** Undefined where there is no face. */
  find(image: RgbImage): Promise<Square | undefined>
  dispose(): Promise<void>
}

/** A face is one from this probability of the landmark model on. */
const MINIMUM_FACE = 0.5

/**
 * The most certain face, level, from chin to forehead: cut out as the pictures are that recognisers learn from.
 * @throws EMO_ENCODER_UNAVAILABLE
 */
export async function createDetectorFinder(folder = FOLDER): Promise<FaceFinder> {
  const detector = await createFaceDetector(join(folder, 'blazeface.onnx'))
  const mesh = await createFaceMesh(join(folder, 'facemesh.onnx'))
  return {
    async find(image) {
      const [face] = await detector.detect(image)
      const found = face && (await mesh.run(image, alignedSquare(face)))
      return found && found.faceProbability >= MINIMUM_FACE ? landmarkSquare(found.landmarks) : undefined
    },
    async dispose() {
      await detector.dispose()
      await mesh.dispose()
    },
  }
}

/** The whole picture: for sets of cut-out faces, such as FER2013. */
export const wholePictureFinder: FaceFinder = {
  find: async (image) => wholePicture(image),
  dispose: async () => {},
}

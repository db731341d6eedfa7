import type { RgbImage } from '../media/video-frame.ts'
import { fromSquare, type Square } from './geometry.ts'
import { openModel } from './model-session.ts'
import { sampleSquare } from './sample.ts'

export const LANDMARK_COUNT = 468
const MESH_SIZE = 192
const LANDMARKS = 'Identity_2'
const FLAG = 'Identity_1'

export interface FaceMeshResult {
  /** x, y, z of each landmark [1404]: pixels of the picture, z towards the camera negative in the same unit. */
  readonly landmarks: Float32Array
  /** Probability that the square holds a face. */
  readonly faceProbability: number
}

export interface FaceMesh {
  run(image: RgbImage, square: Square): Promise<FaceMeshResult>
  dispose(): Promise<void>
}

/** 468 landmarks of a face (Kartynnik et al. 2019, arXiv:1907.06724; models/face) in a square with level eyes. */
export async function createFaceMesh(file: string): Promise<FaceMesh> {
  const model = await openModel(file, [LANDMARKS, FLAG])
  return {
    async run(image, square) {
      const input = sampleSquare(image, square, MESH_SIZE).map((value) => value / 255)
      const outputs = await model.run(input, [1, MESH_SIZE, MESH_SIZE, 3])
      const raw = outputs[LANDMARKS]!
      const landmarks = new Float32Array(LANDMARK_COUNT * 3)
      for (let k = 0; k < LANDMARK_COUNT; k += 1) {
        const { x, y } = fromSquare(square, raw[3 * k]! / MESH_SIZE, raw[3 * k + 1]! / MESH_SIZE)
        landmarks.set([x, y, (raw[3 * k + 2]! / MESH_SIZE) * square.side], 3 * k)
      }
      return { landmarks, faceProbability: outputs[FLAG]![0]! }
    },
    dispose: () => model.dispose(),
  }
}

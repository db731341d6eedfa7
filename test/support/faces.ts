import type { DetectedFace } from '../../src/encoders/visual/face-detector.ts'
import type { FaceEncoder } from '../../src/encoders/visual/face-encoder.ts'
import { wholePicture } from '../../src/encoders/visual/geometry.ts'

/** A detected face whose box has its centre at (x, y). */
export const faceAt = (x: number, y: number, side: number, score = 0.9): DetectedFace => ({
  score,
  box: { x: x - side / 2, y: y - side / 2, width: side, height: side },
  leftEye: { x: x - side / 4, y: y - side / 8 },
  rightEye: { x: x + side / 4, y: y - side / 8 },
})

/** Landmarks of no face in particular, scattered by `seed`. */
export const scattered = (seed: number): Float32Array =>
  Float32Array.from({ length: 468 * 3 }, (_, k) => 100 + 60 * Math.sin(k * 12.9898 + seed))

/**
 * A test double of the face models: the faces of a picture are written in its first bytes, four each: x, y, side, what it
 * shows. All that is seen of a face follows from the last of these.
 */
export function createFakeFaceEncoder(): FaceEncoder & { readonly described: number } {
  let described = 0
  return {
    get described() {
      return described
    },
    async detect({ data }) {
      const faces: DetectedFace[] = []
      for (let at = 0; data[at + 2]! > 0; at += 4)
        faces.push(faceAt(data[at]!, data[at + 1]!, data[at + 2]!, data[at + 3]! / 255))
      return faces
    },
    async describe(image, face) {
      described += 1
      const shows = Math.round(face.score * 255)
      if (shows === 0) return undefined
      return {
        square: wholePicture(image),
        landmarks: scattered(shows),
        faceProbability: 1,
        expressions: Float32Array.from({ length: 7 }, (_, k) => (k === shows % 7 ? 1 : 0)),
        descriptor: Float32Array.from({ length: 1024 }, (_, k) => Math.abs(Math.sin(k * shows))),
      }
    },
    async encodeFace() {
      throw new Error('not used')
    },
    dispose: async () => {},
  }
}

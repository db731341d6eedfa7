import { createFunctionals } from '../audio/functionals.ts'
import { PROJECTION_SIZE } from './descriptor-projection.ts'
import { EXPRESSIONS } from './face-expression.ts'
import { FACE_MEASURES } from './face-measures.ts'

const MOVING = [...EXPRESSIONS, ...FACE_MEASURES]
const APPEARANCE = Array.from({ length: PROJECTION_SIZE }, (_, k) => `appearance_${String(k).padStart(2, '0')}`)

/**
 * The columns of the visual features: mean and deviation over the frames with a face of the 7 expressions and 13 measures,
 * mean of the projected descriptor, share of the frames with a face.
 */
export const VISUAL_COLUMNS: readonly string[] = [
  ...MOVING.map((name) => `face_mean_${name}`),
  ...MOVING.map((name) => `face_std_${name}`),
  ...APPEARANCE.map((name) => `face_mean_${name}`),
  'face_share',
]

/** What one frame with a face gives. */
export interface FrameFeatures {
  readonly expressions: Float32Array
  readonly measures: Float32Array
  readonly appearance: Float32Array
}

export interface VisualPool {
  add(frame: FrameFeatures): void
  readonly count: number
  /** The features [size of VISUAL_COLUMNS]; `frames` is the number of frames with and without a face. */
  result(frames: number): Float32Array
}

/** Pools the frames of one face as they come; memory does not grow with their number. */
export function createVisualPool(): VisualPool {
  const moving = createFunctionals(MOVING.length)
  const appearance = createFunctionals(APPEARANCE.length)
  return {
    add(frame) {
      moving.add([...frame.expressions, ...frame.measures])
      appearance.add(frame.appearance)
    },
    get count() {
      return moving.count
    },
    result(frames) {
      const means = appearance.result().subarray(0, APPEARANCE.length)
      return Float32Array.of(...moving.result(), ...means, moving.count / frames)
    },
  }
}

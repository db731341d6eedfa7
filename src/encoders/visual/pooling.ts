import { createFunctionals } from '../audio/functionals.ts'
import { PROJECTION_SIZE } from './descriptor-projection.ts'
import { EXPRESSIONS } from './face-expression.ts'
import { FACE_MEASURES } from './face-measures.ts'

const MOVING = [...EXPRESSIONS, ...FACE_MEASURES]
const APPEARANCE = Array.from({ length: PROJECTION_SIZE }, (_, k) => `appearance_${String(k).padStart(2, '0')}`)

/**
 * The columns of the visual features: mean and deviation over the frames with a face of the 7 expressions and 13 measures,
 * mean of the projected descriptor, share of the frames with a face; then, with a recogniser, mean and deviation of the
 * probabilities of its classes.
 */
export function visualColumns(classes: readonly string[] = []): readonly string[] {
  const recognised = classes.map((name) => `recognised_${name}`)
  return [
    ...MOVING.map((name) => `face_mean_${name}`),
    ...MOVING.map((name) => `face_std_${name}`),
    ...APPEARANCE_COLUMNS,
    'face_share',
    ...recognised.map((name) => `face_mean_${name}`),
    ...recognised.map((name) => `face_std_${name}`),
  ]
}

/** Those of the descriptor. */
export const APPEARANCE_COLUMNS: readonly string[] = APPEARANCE.map((name) => `face_mean_${name}`)

/** The columns without a recogniser [73]. */
export const VISUAL_COLUMNS = visualColumns()

/** What one frame with a face gives. */
export interface FrameFeatures {
  readonly expressions: Float32Array
  readonly measures: Float32Array
  readonly appearance: Float32Array
  /** Probabilities of a recogniser's classes; without one, none. */
  readonly recognised: Float32Array
}

export interface VisualPool {
  add(frame: FrameFeatures): void
  readonly count: number
  /** The features, as visualColumns; `frames` is the number of frames with and without a face. */
  result(frames: number): Float32Array
}

/** Pools the frames of one face as they come; memory does not grow with their number. */
export function createVisualPool(classes = 0): VisualPool {
  const moving = createFunctionals(MOVING.length)
  const appearance = createFunctionals(APPEARANCE.length)
  const recognised = createFunctionals(classes)
  return {
    add(frame) {
      moving.add([...frame.expressions, ...frame.measures])
      appearance.add(frame.appearance)
      recognised.add(frame.recognised)
    },
    get count() {
      return moving.count
    },
    result(frames) {
      const means = appearance.result().subarray(0, APPEARANCE.length)
      return Float32Array.of(...moving.result(), ...means, moving.count / frames, ...recognised.result())
    },
  }
}

import type { ImageLimits } from '../media/image.ts'
import type { DetectedFace } from './face-detector.ts'
import type { FrameFeatures } from './pooling.ts'

/** A picture to be looked at: its faces and the features of one of them, by default of the largest. */
export interface LookRequest {
  readonly id: number
  readonly bytes: Uint8Array
  readonly limits: ImageLimits
  readonly face?: number
}

export interface Looked {
  readonly faces: readonly DetectedFace[]
  /** Which face the features are of; -1 where there is none. */
  readonly face: number
  /** Undefined where it is no face after all. */
  readonly features: FrameFeatures | undefined
}

/** Errors travel in words; `picture` says that the picture is at fault and not the models. */
export type LookAnswer =
  | { readonly id: number; readonly looked: Looked }
  | { readonly id: number; readonly failure: string; readonly picture: boolean }

/** What the thread says once, when it stands. */
export const READY = -1

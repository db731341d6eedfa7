import { DESCRIPTOR_COUNT, DESCRIPTORS } from './lld/descriptors.ts'

/** Names of the 47 columns: means, standard deviations, silence ratio; those of the published IEMOCAP features. */
export const FUNCTIONAL_COLUMNS: readonly string[] = [
  ...DESCRIPTORS.map((name) => `gemaps_mean_${name}`),
  ...DESCRIPTORS.map((name) => `gemaps_std_${name}`),
  'gemaps_silence',
]

export interface Functionals {
  add(frame: ArrayLike<number>): void
  readonly count: number
  /** Mean and population standard deviation of each column over the frames so far [2 * size]. */
  result(): Float64Array
}

/** Running mean and deviation (Welford 1962) of `size` columns over all frames, unvoiced ones included. */
export function createFunctionals(size: number = DESCRIPTOR_COUNT): Functionals {
  const mean = new Float64Array(size)
  const squares = new Float64Array(size)
  let count = 0
  return {
    get count() {
      return count
    },
    add(frame) {
      count += 1
      for (let d = 0; d < size; d += 1) {
        const delta = frame[d]! - mean[d]!
        mean[d]! += delta / count
        squares[d]! += delta * (frame[d]! - mean[d]!)
      }
    },
    result() {
      const values = new Float64Array(2 * size)
      values.set(mean)
      for (let d = 0; d < size; d += 1) values[size + d] = count > 0 ? Math.sqrt(squares[d]! / count) : 0
      return values
    },
  }
}

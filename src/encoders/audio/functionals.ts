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
  /** Another one in the same state. */
  copy(): Functionals
}

/** Running mean and deviation (Welford 1962) of `size` columns over all frames, unvoiced ones included. */
export function createFunctionals(size: number = DESCRIPTOR_COUNT): Functionals {
  return functionalsOf(new Float64Array(size), new Float64Array(size), 0)
}

/** @param mean of `count` rows, `squares` the sums of their squared distances from it; both change in place */
function functionalsOf(mean: Float64Array, squares: Float64Array, count: number): Functionals {
  const size = mean.length
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
    copy: () => functionalsOf(mean.slice(), squares.slice(), count),
  }
}

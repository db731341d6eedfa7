/** Of each column [D]: how many values there were, their mean, and the sum of squared distances from it (Welford 1962). */
export interface ColumnMoments {
  readonly count: Float64Array
  readonly mean: Float64Array
  readonly squares: Float64Array
}

export const createMoments = (size: number): ColumnMoments => ({
  count: new Float64Array(size),
  mean: new Float64Array(size),
  squares: new Float64Array(size),
})

/** Takes in one value of a column, in place. */
export function addValue({ count, mean, squares }: ColumnMoments, column: number, value: number): void {
  const distance = value - mean[column]!
  count[column]! += 1
  mean[column]! += distance / count[column]!
  squares[column]! += distance * (value - mean[column]!)
}

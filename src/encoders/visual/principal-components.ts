export interface PrincipalComponents {
  /** [d] */
  readonly mean: Float32Array
  /** Orthonormal rows, the one of the largest variance first [count * d]; the largest entry of each is positive. */
  readonly components: Float32Array
}

/** Rounds of the iteration: far more than descriptors need to settle to six digits. */
const ROUNDS = 100

/**
 * The first `count` principal components of rows [n][d] (Pearson 1901) by subspace iteration (Golub and Van Loan, Matrix
 * Computations, 8.2.4) on their covariance: V <- orthonormalise(C V), from a start that is the same every time.
 */
export function principalComponents(rows: readonly Float32Array[], count: number): PrincipalComponents {
  const size = rows[0]?.length ?? 0
  const mean = new Float64Array(size)
  for (const row of rows) for (let k = 0; k < size; k += 1) mean[k]! += row[k]! / rows.length
  const covariance = covarianceOf(rows, mean)
  let vectors = orthonormalised(
    // Quasi-random (Weyl) numbers: deterministic, and no vector of descriptors is square to all of them.
    Array.from({ length: count }, (_, r) => Float64Array.from({ length: size }, (_, k) => fraction((k + 1) * (r + 1)))),
  )
  for (let round = 0; round < ROUNDS; round += 1) {
    vectors = orthonormalised(vectors.map((vector) => product(covariance, vector)))
  }
  const components = new Float32Array(count * size)
  for (const [r, vector] of vectors.entries()) {
    const largest = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0)
    components.set(
      vector.map((value) => value * Math.sign(largest)),
      r * size,
    )
  }
  return { mean: Float32Array.from(mean), components }
}

const fraction = (n: number): number => ((n * Math.SQRT2) % 1) - 0.5

function covarianceOf(rows: readonly Float32Array[], mean: Float64Array): Float64Array[] {
  const size = mean.length
  const covariance = Array.from({ length: size }, () => new Float64Array(size))
  for (const row of rows) {
    const centred = mean.map((value, k) => row[k]! - value)
    for (let i = 0; i < size; i += 1) {
      const target = covariance[i]!
      const factor = centred[i]! / rows.length
      for (let j = i; j < size; j += 1) target[j]! += factor * centred[j]!
    }
  }
  for (let i = 0; i < size; i += 1) for (let j = 0; j < i; j += 1) covariance[i]![j] = covariance[j]![i]!
  return covariance
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0
  for (let k = 0; k < a.length; k += 1) sum += a[k]! * b[k]!
  return sum
}

const product = (matrix: readonly Float64Array[], vector: Float64Array): Float64Array =>
  Float64Array.from(matrix, (row) => dot(row, vector))

/** Modified Gram-Schmidt. */
function orthonormalised(vectors: readonly Float64Array[]): Float64Array[] {
  const done: Float64Array[] = []
  for (const vector of vectors) {
    const rest = vector.slice()
    for (const other of done) {
      const along = dot(rest, other)
      for (let k = 0; k < rest.length; k += 1) rest[k]! -= along * other[k]!
    }
    const length = Math.sqrt(dot(rest, rest))
    done.push(rest.map((value) => value / length))
  }
  return done
}

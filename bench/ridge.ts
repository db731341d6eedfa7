/** One labelled example. */
export interface Example {
  readonly values: Float32Array
  readonly label: number
}

const PENALTIES = [10, 30, 100, 300, 1000, 3000, 10_000]

/**
 * What a linear classifier reads from features: ridge regression to one-hot targets, columns standardised, classes weighted
 * equally, its penalty chosen on every fifth training example. Mean recall of the classes on `test`.
 */
export function ridgeProbe(train: readonly Example[], test: readonly Example[], classes: number): number {
  const scale = standardiser(train)
  const [fitted, held] = [train.filter((_, k) => k % 5 > 0), train.filter((_, k) => k % 5 === 0)]
  const judged = PENALTIES.map((penalty) => meanRecall(ridge(fitted, penalty, classes, scale), held, classes))
  const penalty = PENALTIES[judged.indexOf(Math.max(...judged))]!
  return meanRecall(ridge(train, penalty, classes, scale), test, classes)
}

type Scale = (values: Float32Array) => Float64Array
type Classify = (values: Float32Array) => number

/** Mean 0 and deviation 1 over the examples, and a last column of ones. */
function standardiser(examples: readonly Example[]): Scale {
  const size = examples[0]!.values.length
  const [mean, square] = [new Float64Array(size), new Float64Array(size)]
  for (const { values } of examples) {
    for (let k = 0; k < size; k += 1) {
      mean[k]! += values[k]! / examples.length
      square[k]! += values[k]! ** 2 / examples.length
    }
  }
  return (values) =>
    Float64Array.from({ length: size + 1 }, (_, k) =>
      k === size ? 1 : (values[k]! - mean[k]!) / Math.sqrt(square[k]! - mean[k]! ** 2 + 1e-9),
    )
}

/** W = (X' C X + penalty I)^-1 X' C Y by Cholesky, C giving each class the same weight. */
function ridge(examples: readonly Example[], penalty: number, classes: number, scale: Scale): Classify {
  const counts = new Float64Array(classes)
  for (const { label } of examples) counts[label]! += 1
  const size = examples[0]!.values.length + 1
  const normal = Array.from({ length: size }, (_, i) => new Float64Array(size).fill(0).fill(penalty, i, i + 1))
  const targets = Array.from({ length: classes }, () => new Float64Array(size))
  for (const { values, label } of examples) {
    const x = scale(values)
    const weight = examples.length / (classes * counts[label]!)
    for (let i = 0; i < size; i += 1) {
      const factor = weight * x[i]!
      targets[label]![i]! += factor
      const row = normal[i]!
      for (let j = 0; j <= i; j += 1) row[j]! += factor * x[j]!
    }
  }
  factorise(normal)
  const weights = targets.map((target) => solve(normal, target))
  return (values) => {
    const x = scale(values)
    const scores = weights.map((column) => column.reduce((sum, value, k) => sum + value * x[k]!, 0))
    return scores.indexOf(Math.max(...scores))
  }
}

/** The lower Cholesky factor, in place. */
function factorise(matrix: readonly Float64Array[]): void {
  for (let i = 0; i < matrix.length; i += 1) {
    const row = matrix[i]!
    for (let j = 0; j <= i; j += 1) {
      const other = matrix[j]!
      let sum = row[j]!
      for (let k = 0; k < j; k += 1) sum -= row[k]! * other[k]!
      row[j] = i === j ? Math.sqrt(sum) : sum / other[j]!
    }
  }
}

function solve(factor: readonly Float64Array[], target: Float64Array): Float64Array {
  const x = target.slice()
  for (let i = 0; i < x.length; i += 1) {
    for (let k = 0; k < i; k += 1) x[i]! -= factor[i]![k]! * x[k]!
    x[i]! /= factor[i]![i]!
  }
  for (let i = x.length - 1; i >= 0; i -= 1) {
    for (let k = i + 1; k < x.length; k += 1) x[i]! -= factor[k]![i]! * x[k]!
    x[i]! /= factor[i]![i]!
  }
  return x
}

export function meanRecall(classify: Classify, examples: readonly Example[], classes: number): number {
  const [right, all] = [new Float64Array(classes), new Float64Array(classes)]
  for (const { values, label } of examples) {
    all[label]! += 1
    if (classify(values) === label) right[label]! += 1
  }
  return right.reduce((sum, count, k) => sum + count / all[k]!, 0) / classes
}

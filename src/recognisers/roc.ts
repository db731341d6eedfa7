/** A receiver operating characteristic: points from (0, 0) to (1, 1) and the area under the line through them. */
export interface RocCurve {
  /** False positive rate and true positive rate, both not falling. */
  readonly points: readonly { readonly fpr: number; readonly tpr: number }[]
  /** Area in [0, 1]: the probability that a positive scores above a negative, ties counted half (Fawcett 2006). */
  readonly auc: number
}

export interface RocCurves {
  /** One against the rest, in the order of the classes; undefined where a class has no items, or all. */
  readonly perClass: readonly (RocCurve | undefined)[]
  /** All decisions "is it this class?" of all items and classes together. */
  readonly micro: RocCurve | undefined
  /** The mean of the classes' curves at every false positive rate, and of their areas. */
  readonly macro: RocCurve | undefined
}

/** The curve of scores against the truth; undefined without a positive or without a negative. */
export function rocCurve(scores: ArrayLike<number>, positive: ArrayLike<boolean>): RocCurve | undefined {
  const order = Array.from({ length: scores.length }, (_, k) => k).sort((a, b) => scores[b]! - scores[a]!)
  const positives = order.reduce((sum, k) => sum + (positive[k] ? 1 : 0), 0)
  const negatives = order.length - positives
  if (positives === 0 || negatives === 0) return undefined
  const points = [{ fpr: 0, tpr: 0 }]
  let hits = 0
  let alarms = 0
  order.forEach((k, place) => {
    if (positive[k]) hits += 1
    else alarms += 1
    // Equal scores are one threshold: a point only after the last of them.
    const next = order[place + 1]
    if (next === undefined || scores[next] !== scores[k])
      points.push({ fpr: alarms / negatives, tpr: hits / positives })
  })
  return { points, auc: areaUnder(points) }
}

/**
 * Curves one against the rest, micro and macro (as scikit-learn's multiclass example defines them).
 *
 * @param labels [N] the true classes
 * @param probabilities [N * C]
 */
export function rocCurves(labels: Int32Array, probabilities: Float32Array, classes: number): RocCurves {
  const perClass = Array.from({ length: classes }, (_, c) => {
    const scores = Array.from(labels, (_label, row) => probabilities[row * classes + c]!)
    return rocCurve(
      scores,
      Array.from(labels, (label) => label === c),
    )
  })
  const micro = rocCurve(
    probabilities,
    Array.from(probabilities, (_, at) => labels[Math.floor(at / classes)] === at % classes),
  )
  return { perClass, micro, macro: meanCurve(perClass.filter((curve) => curve !== undefined)) }
}

function meanCurve(curves: readonly RocCurve[]): RocCurve | undefined {
  if (curves.length === 0) return undefined
  const rates = [...new Set(curves.flatMap(({ points }) => points.map(({ fpr }) => fpr)))].sort((a, b) => a - b)
  const points = rates.map((fpr) => ({
    fpr,
    tpr: curves.reduce((sum, curve) => sum + heightAt(curve, fpr), 0) / curves.length,
  }))
  return { points: [{ fpr: 0, tpr: 0 }, ...points], auc: curves.reduce((sum, { auc }) => sum + auc, 0) / curves.length }
}

/** The curve's height at a false positive rate, between points along the line; on a vertical part its upper end. */
function heightAt({ points }: RocCurve, fpr: number): number {
  const after = points.findIndex((point) => point.fpr > fpr)
  if (after < 0) return 1
  const [low, high] = [points[after - 1]!, points[after]!]
  return low.tpr + ((high.tpr - low.tpr) * (fpr - low.fpr)) / (high.fpr - low.fpr)
}

function areaUnder(points: readonly { fpr: number; tpr: number }[]): number {
  let area = 0
  for (let k = 1; k < points.length; k += 1) {
    const [low, high] = [points[k - 1]!, points[k]!]
    area += ((high.fpr - low.fpr) * (low.tpr + high.tpr)) / 2
  }
  return area
}

/** One class: of those predicted as it, of those that are it, their harmonic mean, how many are it. */
export interface ClassScores {
  readonly precision: number
  readonly recall: number
  readonly f1: number
  readonly support: number
}

/** One bin of the reliability diagram: predictions whose confidence is in (low, high]. Empty bins have mean 0. */
export interface ReliabilityBin {
  readonly low: number
  readonly high: number
  readonly count: number
  /** Mean probability of the predicted class. */
  readonly confidence: number
  readonly accuracy: number
}

export interface Scores {
  /** Utterances with a label; the others are not scored. */
  readonly utterances: number
  readonly accuracy: number
  /** Mean of the classes' F1, weighted by support: the field's headline figure. */
  readonly weightedF1: number
  /** Plain mean over the classes that occur or are predicted, as in scikit-learn. */
  readonly macroF1: number
  readonly perClass: readonly ClassScores[]
  /** [C][C], row = the true class, column = the predicted one. */
  readonly confusion: readonly (readonly number[])[]
  /** Expected calibration error over {@link RELIABILITY_BINS} bins, in [0, 1]. */
  readonly ece: number
  readonly reliability: readonly ReliabilityBin[]
}

/** Guo et al. 2017 use 15. */
export const RELIABILITY_BINS = 15

/** One conversation's labels [N], -1 for none, and probabilities [N * C]. */
export interface Predicted {
  readonly labels: Int32Array
  readonly probabilities: Float32Array
}

/** The index of the largest of `classes` numbers from `start` on; the first one of equals. */
export function argMax(values: Float32Array, start: number, classes: number): number {
  let best = 0
  for (let index = 1; index < classes; index++) if (values[start + index]! > values[start + best]!) best = index
  return best
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)

/** Precision, recall and F1 of each class from a confusion matrix; 0 where a class has no utterances to divide by. */
function classScores(confusion: readonly (readonly number[])[]): ClassScores[] {
  return confusion.map((row, index) => {
    const hits = row[index]!
    const support = row.reduce((sum, count) => sum + count, 0)
    const predicted = confusion.reduce((sum, other) => sum + other[index]!, 0)
    return {
      precision: ratio(hits, predicted),
      recall: ratio(hits, support),
      f1: ratio(2 * hits, support + predicted),
      support,
    }
  })
}

/**
 * Every figure of an evaluation from predictions.
 *
 * Expected calibration error (Naeini et al. 2015; Guo et al. 2017): sum over bins b of n_b/n |acc_b - conf_b|.
 *
 * @param classes C, the number of classes
 */
export function scorePredictions(predictions: Iterable<Predicted>, classes: number): Scores {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  const bins = Array.from({ length: RELIABILITY_BINS }, () => ({ count: 0, confidence: 0, hits: 0 }))
  let utterances = 0
  for (const { labels, probabilities } of predictions) {
    labels.forEach((label, row) => {
      if (label < 0) return
      const predicted = argMax(probabilities, row * classes, classes)
      const confidence = probabilities[row * classes + predicted]!
      const place = Math.ceil(confidence * RELIABILITY_BINS) - 1
      const bin = bins[Math.min(RELIABILITY_BINS - 1, Math.max(0, place))]!
      bin.count++
      bin.confidence += confidence
      if (label === predicted) bin.hits++
      confusion[label]![predicted]!++
      utterances++
    })
  }
  const perClass = classScores(confusion)
  const occurring = perClass.filter((scores, index) => scores.support > 0 || confusion.some((row) => row[index]! > 0))
  const hits = confusion.reduce((sum, row, index) => sum + row[index]!, 0)
  return {
    utterances,
    accuracy: ratio(hits, utterances),
    weightedF1: ratio(
      perClass.reduce((sum, { f1, support }) => sum + f1 * support, 0),
      utterances,
    ),
    macroF1: ratio(
      occurring.reduce((sum, { f1 }) => sum + f1, 0),
      occurring.length,
    ),
    perClass,
    confusion,
    ece: ratio(
      bins.reduce((sum, bin) => sum + Math.abs(bin.hits - bin.confidence), 0),
      utterances,
    ),
    reliability: bins.map(({ count, confidence, hits: right }, index) => ({
      low: index / RELIABILITY_BINS,
      high: (index + 1) / RELIABILITY_BINS,
      count,
      confidence: ratio(confidence, count),
      accuracy: ratio(right, count),
    })),
  }
}

/** Mean and sample standard deviation (n - 1); the deviation of one value is 0. */
export function meanAndDeviation(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 }
}

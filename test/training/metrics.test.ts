import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { meanAndDeviation, type Predicted, RELIABILITY_BINS, scorePredictions } from '../../src/training/metrics.ts'

/** Labels and probabilities of a few conversations, some utterances without a label. */
const predictions = (classes: number) =>
  fc.array(
    fc
      .array(
        fc.tuple(
          fc.integer({ min: -1, max: classes - 1 }),
          fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: classes, maxLength: classes }),
        ),
        { maxLength: 12 },
      )
      .map(
        (rows): Predicted => ({
          labels: Int32Array.from(rows, ([label]) => label),
          probabilities: Float32Array.from(
            rows.flatMap(([, raw]) => raw.map((value) => value / raw.reduce((sum, other) => sum + other, 0))),
          ),
        }),
      ),
    { maxLength: 5 },
  )

interface Row {
  truth: number
  predicted: number
  confidence: number
}

/** One row per labelled utterance: the second implementation works on this flat list. */
function rowsOf(predicted: readonly Predicted[], classes: number): Row[] {
  return predicted.flatMap(({ labels, probabilities }) =>
    [...labels].flatMap((truth, index) => {
      if (truth < 0) return []
      const row = [...probabilities.slice(index * classes, (index + 1) * classes)]
      const confidence = Math.max(...row)
      return [{ truth, predicted: row.indexOf(confidence), confidence }]
    }),
  )
}

const share = (rows: readonly Row[], of: (row: Row) => boolean) =>
  rows.length === 0 ? 0 : rows.filter(of).length / rows.length

describe('scorePredictions', () => {
  it('agrees with a second, naive implementation on any predictions', () => {
    const cases = fc
      .integer({ min: 2, max: 7 })
      .chain((classes) => fc.tuple(fc.constant(classes), predictions(classes)))
    fc.assert(
      fc.property(cases, ([classes, predicted]) => {
        const rows = rowsOf(predicted, classes)
        const scores = scorePredictions(predicted, classes)
        const f1 = (index: number) => {
          const precision = share(
            rows.filter((row) => row.predicted === index),
            (row) => row.truth === index,
          )
          const recall = share(
            rows.filter((row) => row.truth === index),
            (row) => row.predicted === index,
          )
          expect(scores.perClass[index]!.precision).toBeCloseTo(precision, 12)
          expect(scores.perClass[index]!.recall).toBeCloseTo(recall, 12)
          return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall)
        }
        const all = Array.from({ length: classes }, (_, index) => f1(index))
        const seen = all.filter((_, index) => rows.some((row) => row.truth === index || row.predicted === index))
        const perUtterance = rows.map((row) => all[row.truth]!)
        const mean = (values: number[]) =>
          values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
        expect(scores.utterances).toBe(rows.length)
        expect(scores.accuracy).toBeCloseTo(
          share(rows, (row) => row.truth === row.predicted),
          12,
        )
        expect(scores.weightedF1).toBeCloseTo(mean(perUtterance), 12)
        expect(scores.macroF1).toBeCloseTo(mean(seen), 12)
        expect(scores.confusion.flat().reduce((sum, count) => sum + count, 0)).toBe(rows.length)
        let error = 0
        for (let bin = 0; bin < RELIABILITY_BINS; bin++) {
          const inside = rows.filter(
            (row) => row.confidence > bin / RELIABILITY_BINS && row.confidence <= (bin + 1) / RELIABILITY_BINS,
          )
          const gap = share(inside, (row) => row.truth === row.predicted) - mean(inside.map((row) => row.confidence))
          if (inside.length > 0) error += (inside.length / rows.length) * Math.abs(gap)
        }
        expect(scores.ece).toBeCloseTo(error, 10)
      }),
    )
  })

  it('does not depend on how utterances are divided into conversations', () => {
    fc.assert(
      fc.property(predictions(4), (predicted) => {
        const joined: Predicted = {
          labels: Int32Array.from(predicted.flatMap(({ labels }) => [...labels])),
          probabilities: Float32Array.from(predicted.flatMap(({ probabilities }) => [...probabilities])),
        }
        const { ece: together, ...rest } = scorePredictions([joined], 4)
        const { ece: apart, ...others } = scorePredictions(predicted, 4)
        expect(together).toBeCloseTo(apart, 10)
        expect(rest.confusion).toEqual(others.confusion)
      }),
    )
  })

  // The numbers below: /usr/bin/python3 test/training/sklearn-figures.py (scikit-learn 1.2.1).
  it('gives the numbers of scikit-learn', () => {
    const truth = Array.from({ length: 60 }, (_, i) => (i * i + Math.floor(i / 7)) % 5)
    const predicted = truth.map((label, i) => ((i * 11) % 13 < 8 ? label : (label + 1 + (i % 3)) % 6))
    const scores = scorePredictions(
      [
        {
          labels: Int32Array.from(truth),
          probabilities: Float32Array.from(
            predicted.flatMap((label) => [0, 1, 2, 3, 4, 5].map((c) => (c === label ? 1 : 0))),
          ),
        },
      ],
      6,
    )
    expect(scores.accuracy).toBeCloseTo(0.6166666666666667, 14)
    expect(scores.weightedF1).toBeCloseTo(0.6369565217391304, 14)
    expect(scores.macroF1).toBeCloseTo(0.5259661835748792, 14)
    expect(scores.confusion).toEqual([
      [8, 1, 3, 3, 0, 0],
      [0, 9, 0, 1, 2, 0],
      [0, 0, 7, 3, 2, 1],
      [1, 0, 0, 6, 2, 1],
      [0, 2, 0, 0, 7, 1],
      [0, 0, 0, 0, 0, 0],
    ])
    const expected = {
      precision: [0.8888888888888888, 0.75, 0.7, 0.46153846153846156, 0.5384615384615384, 0.0],
      recall: [0.5333333333333333, 0.75, 0.5384615384615384, 0.6, 0.7, 0.0],
      f1: [0.6666666666666667, 0.75, 0.608695652173913, 0.5217391304347826, 0.608695652173913, 0.0],
    }
    for (const figure of ['precision', 'recall', 'f1'] as const) {
      scores.perClass.forEach((each, index) => {
        expect(each[figure]).toBeCloseTo(expected[figure][index]!, 14)
      })
    }
    expect(scores.perClass.map((each) => each.support)).toEqual([15, 12, 13, 10, 10, 0])
  })
})

describe('meanAndDeviation', () => {
  it('is the mean and the sample deviation', () => {
    expect(meanAndDeviation([2, 4, 4, 4, 5, 5, 7, 9]).mean).toBe(5)
    expect(meanAndDeviation([2, 4, 4, 4, 5, 5, 7, 9]).deviation).toBeCloseTo(Math.sqrt(32 / 7), 12)
    expect(meanAndDeviation([3])).toEqual({ mean: 3, deviation: 0 })
  })
})

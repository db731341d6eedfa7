import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rocCurve, rocCurves } from '../../src/recognisers/roc.ts'

const decisions = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.boolean()), { minLength: 2, maxLength: 60 })
  .filter((pairs) => pairs.some(([, truth]) => truth) && pairs.some(([, truth]) => !truth))

describe('rocCurve', () => {
  it('has the area that counting pairs gives (Mann and Whitney)', () => {
    fc.assert(
      fc.property(decisions, (pairs) => {
        const positives = pairs.filter(([, truth]) => truth)
        const negatives = pairs.filter(([, truth]) => !truth)
        let wins = 0
        for (const [high] of positives) for (const [low] of negatives) wins += high > low ? 1 : high === low ? 0.5 : 0
        const curve = rocCurve(
          pairs.map(([score]) => score),
          pairs.map(([, truth]) => truth),
        )!
        expect(curve.auc).toBeCloseTo(wins / (positives.length * negatives.length), 10)
        expect(curve.points[0]).toEqual({ fpr: 0, tpr: 0 })
        expect(curve.points.at(-1)).toEqual({ fpr: 1, tpr: 1 })
        curve.points.slice(1).forEach((point, k) => {
          expect(point.fpr).toBeGreaterThanOrEqual(curve.points[k]!.fpr)
          expect(point.tpr).toBeGreaterThanOrEqual(curve.points[k]!.tpr)
        })
      }),
    )
  })

  it('is none where all are of one kind', () => {
    expect(rocCurve([0.1, 0.9], [true, true])).toBeUndefined()
    expect(rocCurve([], [])).toBeUndefined()
  })
})

describe('rocCurves', () => {
  const labels = Int32Array.from([0, 1, 2, 2, 1, 0])
  const probabilities = Float32Array.from([
    ...[0.7, 0.2, 0.1],
    ...[0.3, 0.4, 0.3],
    ...[0.5, 0.25, 0.25],
    ...[0.1, 0.1, 0.8],
    ...[0.45, 0.35, 0.2],
    ...[0.6, 0.3, 0.1],
  ])

  it('macro area is the mean of the classes, micro that of all decisions', () => {
    const { perClass, micro, macro } = rocCurves(labels, probabilities, 3)
    const areas = perClass.map((curve) => curve!.auc)
    expect(areas[0]).toBe(1)
    expect(areas[1]).toBe(1)
    expect(macro!.auc).toBeCloseTo((areas[0]! + areas[1]! + areas[2]!) / 3, 12)
    const truth = [...labels].flatMap((label) => [0, 1, 2].map((c) => c === label))
    expect(micro!.auc).toBe(rocCurve(probabilities, truth)!.auc)
  })

  it('the macro curve of equal curves is that curve', () => {
    const two = rocCurves(Int32Array.from([0, 1, 0, 1]), Float32Array.from([0.9, 0.1, 0.4, 0.6, 0.3, 0.7, 0.1, 0.9]), 2)
    for (const point of two.macro!.points) {
      expect(two.perClass[0]!.points.some(({ fpr, tpr }) => fpr === point.fpr && tpr >= point.tpr)).toBe(true)
    }
  })

  it('a class that nothing belongs to has no curve and does not count', () => {
    const { perClass, macro } = rocCurves(Int32Array.from([0, 1]), Float32Array.from([0.8, 0.1, 0.1, 0.2, 0.7, 0.1]), 3)
    expect(perClass[2]).toBeUndefined()
    expect(macro!.auc).toBe(1)
  })
})

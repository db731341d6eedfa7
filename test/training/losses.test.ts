import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classCounts, classWeights } from '../../src/training/losses.ts'

const counts = fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 2, maxLength: 7 })

describe('classWeights', () => {
  it('weighs the mean training utterance 1, a class that never occurs 0', () => {
    fc.assert(
      fc.property(counts, fc.constantFrom('balanced' as const, 'sqrt' as const), (given, kind) => {
        fc.pre(given.some((count) => count > 0))
        const weights = classWeights(kind, given)!
        const total = given.reduce((sum, count) => sum + count, 0)
        expect(given.reduce((sum, count, index) => sum + count * weights[index]!, 0) / total).toBeCloseTo(1, 10)
        given.forEach((count, index) => {
          if (count === 0) expect(weights[index]).toBe(0)
        })
      }),
    )
  })

  it('balanced gives every class the same say, sqrt the root of that', () => {
    const given = [100, 400, 25]
    const balanced = classWeights('balanced', given)!
    expect(balanced[0]! * 100).toBeCloseTo(balanced[1]! * 400, 10)
    const sqrt = classWeights('sqrt', given)!
    expect(sqrt[2]! / sqrt[1]!).toBeCloseTo(Math.sqrt(balanced[2]! / balanced[1]!), 10)
  })

  it('takes given numbers in their proportion, and gives nothing for none', () => {
    const weights = classWeights([1, 3], [10, 10])!
    expect(weights[1]! / weights[0]!).toBeCloseTo(3, 10)
    expect(classWeights('none', [1, 2])).toBeUndefined()
  })
})

it('classCounts leaves utterances without a label out', () => {
  expect(classCounts([Int32Array.of(0, 2, -1, 2), Int32Array.of(-1, 0)], 3)).toEqual([2, 0, 2])
})

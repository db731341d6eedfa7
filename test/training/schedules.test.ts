import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { afterEpoch, initialScheduleState, learningRateFactor, scheduleSchema } from '../../src/training/schedules.ts'

describe('cosine with warm-up', () => {
  it('rises through the warm-up, falls after it, and ends at the minimum', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 400 }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        fc.double({ min: 0, max: 0.5, noNaN: true }),
        (total, warmup, minimum) => {
          const schedule = scheduleSchema.parse({ kind: 'cosine', warmup, minimum })
          const factors = Array.from({ length: total }, (_, step) =>
            learningRateFactor(schedule, initialScheduleState, step, total),
          )
          const top = Math.round(warmup * total)
          factors.forEach((factor, step) => {
            expect(factor).toBeGreaterThan(0 - Number.EPSILON)
            expect(factor).toBeLessThanOrEqual(1)
            if (step > 0 && step <= top) expect(factor).toBeGreaterThan(factors[step - 1]!)
            if (step > top) expect(factor).toBeLessThanOrEqual(factors[step - 1]!)
          })
          expect(factors[top]).toBeCloseTo(1, 12)
          expect(factors.at(-1)).toBeCloseTo(minimum, 12)
        },
      ),
    )
  })

  it('is half way between at the middle of the fall', () => {
    const schedule = scheduleSchema.parse({ kind: 'cosine', warmup: 0, minimum: 0.2 })
    expect(learningRateFactor(schedule, initialScheduleState, 50, 101)).toBeCloseTo(0.6, 12)
  })
})

describe('plateau', () => {
  const schedule = scheduleSchema.parse({ kind: 'plateau', factor: 0.5, patience: 2, minimum: 0.1 })
  const factorsOf = (scores: number[]) => {
    let state = initialScheduleState
    return scores.map((score) => {
      state = afterEpoch(schedule, state, score)
      return learningRateFactor(schedule, state, 0, 1)
    })
  }

  it('falls after `patience` epochs without a better score, and never below the minimum', () => {
    expect(factorsOf([0.5, 0.6, 0.6, 0.6, 0.7, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])).toEqual([
      1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125, 0.1,
    ])
  })

  it('never rises', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 }), (scores) => {
        const factors = factorsOf(scores)
        factors.forEach((factor, index) => {
          expect(factor).toBeLessThanOrEqual(factors[index - 1] ?? 1)
        })
      }),
    )
  })
})

it('constant stays', () => {
  const schedule = scheduleSchema.parse({ kind: 'constant' })
  expect(learningRateFactor(schedule, afterEpoch(schedule, initialScheduleState, 0.1), 7, 9)).toBe(1)
})

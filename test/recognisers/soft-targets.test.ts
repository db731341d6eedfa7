import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { betaNumber, mixUp, softTarget } from '../../src/recognisers/soft-targets.ts'
import { createRng } from '../../src/training/rng.ts'

describe('softTarget', () => {
  it('sums to one without class weights', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 9 }),
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        (classes, labelSmoothing) => {
          const target = softTarget(1, classes, { labelSmoothing, classWeights: undefined })
          expect(target.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5)
          expect(Math.max(...target)).toBe(target[1])
        },
      ),
    )
  })

  it('weighs each class', () => {
    const target = softTarget(0, 2, { labelSmoothing: 0.2, classWeights: [2, 5] })
    expect(target[0]).toBeCloseTo(1.8, 6)
    expect(target[1]).toBeCloseTo(0.5, 6)
  })
})

describe('mixUp', () => {
  it('mixes inputs and targets by the same share', () => {
    const batch = [0, 1, 2].map((k) => ({ input: Float32Array.of(k, k), target: Float32Array.of(k === 0 ? 1 : 0) }))
    const mixed = mixUp(batch, 0.4, createRng(1))
    // Of the first two, inputs 0 and 1, targets 1 and 0: the input is one less the target.
    expect(mixed[0]!.input[0]).toBeCloseTo(1 - mixed[0]!.target[0]!, 6)
    expect(mixUp(batch, 0, createRng(1))).toEqual(batch)
  })

  it.each([0.2, 0.5, 1])('Beta(%d, %d) has its mean and variance', (alpha) => {
    const rng = createRng(7)
    const draws = Array.from({ length: 20_000 }, () => betaNumber(alpha, rng))
    const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length
    const variance = draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / draws.length
    expect(mean).toBeCloseTo(0.5, 1)
    expect(variance).toBeCloseTo(1 / (4 * (2 * alpha + 1)), 2)
  })
})

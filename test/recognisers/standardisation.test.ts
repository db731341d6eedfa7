import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitStandardisation, standardise, standardiseByPerson } from '../../src/recognisers/standardisation.ts'

const rows = fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 })), {
  minLength: 2,
  maxLength: 30,
})

describe('standardisation', () => {
  it('what it was fitted to has mean 0 and deviation 1, or is 0 where it never varies', () => {
    fc.assert(
      fc.property(rows, (pairs) => {
        const vectors = pairs.map((pair) => Float32Array.from(pair))
        const fitted = fitStandardisation(vectors, 2)
        for (const column of [0, 1]) {
          const values = vectors.map((vector) => (vector[column]! - fitted.mean[column]!) / fitted.std[column]!)
          const square = values.reduce((sum, value) => sum + value * value, 0) / values.length
          const constant = pairs.every((pair) => pair[column] === pairs[0]![column])
          expect(square).toBeCloseTo(constant ? 0 : 1, 4)
          expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 3)
        }
      }),
    )
  })

  it('vectors of many rows are as many vectors of one', () => {
    const together = fitStandardisation([Float32Array.of(1, 2, 3, 4), Float32Array.of(5, 9)], 2)
    const apart = fitStandardisation([Float32Array.of(1, 2), Float32Array.of(3, 4), Float32Array.of(5, 9)], 2)
    expect(together).toEqual({ ...apart, rows: 1.5 })
  })

  it('an outlier stays within five deviations', () => {
    expect([...standardise(Float32Array.of(1e6, -1e6), { mean: [0, 0], std: [1, 1], rows: 1 })]).toEqual([5, -5])
  })
})

describe('standardiseByPerson', () => {
  const standardisation = { mean: [0], std: [1], rows: 1 }
  const items = [1, 2, 3].map((value) => ({ person: 'ann', vector: Float32Array.of(value) }))

  it('without a prior a person has mean 0 and deviation 1', () => {
    const [low, middle, high] = standardiseByPerson(items, items, standardisation, { priorCount: 0 })
    expect(middle![0]).toBeCloseTo(0, 6)
    expect(high![0]).toBeCloseTo(Math.sqrt(1.5), 5)
    expect(low![0]).toBeCloseTo(-Math.sqrt(1.5), 5)
  })

  it('with a heavy prior, or without a person, it is the plain one', () => {
    const heavy = standardiseByPerson(items, items, standardisation, { priorCount: 1e9 })
    expect(heavy[2]![0]).toBeCloseTo(3, 5)
    const nobody = standardiseByPerson([{ vector: Float32Array.of(3) }], items, standardisation, { priorCount: 0 })
    expect(nobody[0]![0]).toBe(3)
  })
})

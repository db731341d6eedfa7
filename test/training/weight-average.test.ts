import fc from 'fast-check'
import { expect, it } from 'vitest'
import { copyArrays, updateAverage } from '../../src/training/weight-average.ts'

it('equals the weighted sum written out', () => {
  const values = fc.array(fc.float({ min: -10, max: 10, noNaN: true }), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 0.999, noNaN: true }), (steps, decay) => {
      const average = new Map([['w', Float32Array.of(0)]])
      let expected = 0
      steps.forEach((value, index) => {
        const step = index + 1
        updateAverage(average, new Map([['w', Float32Array.of(value)]]), decay, step)
        const keep = Math.min(decay, (1 + step) / (10 + step))
        expected = keep * expected + (1 - keep) * value
      })
      expect(average.get('w')![0]).toBeCloseTo(expected, 4)
    }),
  )
})

it('leaves weights that do not move where they are', () => {
  const weights = new Map([['w', Float32Array.of(1, -2, 3.5)]])
  const average = copyArrays(weights)
  for (let step = 1; step < 50; step++) updateAverage(average, weights, 0.9, step)
  expect([...average.get('w')!]).toEqual([1, -2, 3.5])
})

it('copies are apart from what they are copies of', () => {
  const weights = new Map([['w', Float32Array.of(1)]])
  const copy = copyArrays(weights)
  weights.get('w')![0] = 5
  expect(copy.get('w')![0]).toBe(1)
})

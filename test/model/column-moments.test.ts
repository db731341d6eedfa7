import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addValue, createMoments } from '../../src/model/column-moments.ts'

test('count, mean and squares are those of all values of the column, written out', () => {
  const values = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { maxLength: 30 })
  fc.assert(
    fc.property(fc.array(values, { minLength: 1, maxLength: 3 }), (columns) => {
      const moments = createMoments(columns.length)
      columns.forEach((column, k) => {
        for (const value of column) addValue(moments, k, value)
      })
      columns.forEach((column, k) => {
        const mean = column.reduce((sum, value) => sum + value, 0) / Math.max(1, column.length)
        expect(moments.count[k]).toBe(column.length)
        expect(moments.mean[k]).toBeCloseTo(mean, 8)
        expect(moments.squares[k]).toBeCloseTo(
          column.reduce((sum, value) => sum + (value - mean) ** 2, 0),
          4,
        )
      })
    }),
  )
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EXPRESSIONS } from '../../../src/encoders/visual/face-expression.ts'
import { FACE_MEASURES } from '../../../src/encoders/visual/face-measures.ts'
import { createVisualPool, visualColumns } from '../../../src/encoders/visual/pooling.ts'

const numbers = (length: number) =>
  fc
    .array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: length, maxLength: length })
    .map((all) => Float32Array.from(all))
const frame = fc.record({
  expressions: numbers(EXPRESSIONS.length),
  measures: numbers(FACE_MEASURES.length),
  appearance: numbers(32),
  recognised: numbers(2),
})

const columns = visualColumns(['calm', 'tense'])

test('mean, deviation and share are those of the frames taken together', () => {
  fc.assert(
    fc.property(fc.array(frame, { minLength: 1, maxLength: 12 }), fc.nat(10), (frames, without) => {
      const pool = createVisualPool(2)
      for (const one of frames) pool.add(one)
      const features = pool.result(frames.length + without)
      const column = (name: string): number => features[columns.indexOf(name)]!
      const check = (name: string, values: readonly number[], deviation: boolean): void => {
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length
        expect(column(`face_mean_${name}`)).toBeCloseTo(mean, 4)
        if (!deviation) return
        const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
        expect(column(`face_std_${name}`)).toBeCloseTo(Math.sqrt(variance), 4)
      }
      for (const [k, name] of EXPRESSIONS.entries())
        check(
          name,
          frames.map((one) => one.expressions[k]!),
          true,
        )
      for (const [k, name] of FACE_MEASURES.entries())
        check(
          name,
          frames.map((one) => one.measures[k]!),
          true,
        )
      check(
        'appearance_07',
        frames.map((one) => one.appearance[7]!),
        false,
      )
      for (const [k, name] of ['calm', 'tense'].entries()) {
        check(
          `recognised_${name}`,
          frames.map((one) => one.recognised[k]!),
          true,
        )
      }
      expect(column('face_share')).toBeCloseTo(frames.length / (frames.length + without), 6)
      expect(features.length).toBe(columns.length)
    }),
    { numRuns: 40 },
  )
})

test('73 columns, each with a name of its own; two more for each class of a recogniser, behind them', () => {
  expect(visualColumns().length).toBe(2 * 7 + 2 * 13 + 32 + 1)
  expect(new Set(columns).size).toBe(73 + 4)
  expect(columns.slice(0, 73)).toEqual(visualColumns())
})

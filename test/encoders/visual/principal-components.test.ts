import fc from 'fast-check'
import { expect, test } from 'vitest'
import { projectionOf } from '../../../src/encoders/visual/descriptor-projection.ts'
import { principalComponents } from '../../../src/encoders/visual/principal-components.ts'

const [SIZE, ROWS, COUNT] = [6, 40, 2]
/** Rows m + a * 10 e1 + b * 3 e2 + noise, e1 and e2 square to each other. */
const data = fc
  .record({ seed: fc.integer({ min: 1, max: 500 }), turn: fc.double({ min: -3, max: 3, noNaN: true }) })
  .map(({ seed, turn }) => {
    const wave = (k: number): number => Math.sin(k * 12.9898 + seed * 78.233)
    const first = [Math.cos(turn), Math.sin(turn), 0, 0, 0, 0]
    const second = [0, 0, Math.cos(turn), 0, Math.sin(turn), 0]
    const rows = Array.from({ length: ROWS }, (_, n) =>
      Float32Array.from(
        first,
        (_unused, k) => 5 + k + wave(n) * 10 * first[k]! + wave(n + 997) * 3 * second[k]! + 0.01 * wave(n * 7 + k),
      ),
    )
    return { rows, first, second }
  })
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, k) => sum + value * b[k]!, 0)

test('finds the directions that the rows were made of, orthonormal', () => {
  fc.assert(
    fc.property(data, ({ rows }) => {
      const { components } = principalComponents(rows, COUNT)
      const [a, b] = [components.subarray(0, SIZE), components.subarray(SIZE)]
      expect(dot(a, a)).toBeCloseTo(1, 5)
      expect(dot(b, b)).toBeCloseTo(1, 5)
      expect(dot(a, b)).toBeCloseTo(0, 5)
    }),
    { numRuns: 20 },
  )
})

test('what the projection keeps rebuilds the rows up to the noise', () => {
  fc.assert(
    fc.property(data, ({ rows }) => {
      const { mean, components } = principalComponents(rows, COUNT)
      const project = projectionOf(mean, components)
      for (const row of rows) {
        const [a, b] = project(row)
        for (let k = 0; k < SIZE; k += 1) {
          expect(Math.abs(mean[k]! + a! * components[k]! + b! * components[SIZE + k]! - row[k]!)).toBeLessThan(0.2)
        }
      }
    }),
    { numRuns: 20 },
  )
})

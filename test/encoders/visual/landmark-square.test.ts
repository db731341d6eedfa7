import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toSquare } from '../../../src/encoders/visual/geometry.ts'
import { landmarkSquare } from '../../../src/encoders/visual/landmark-square.ts'
import { scattered } from '../../support/faces.ts'

test('the landmarks’ square holds them all and touches two of its sides, the eyes level', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), (seed) => {
      const landmarks = scattered(seed)
      const square = landmarkSquare(landmarks)
      const places = Array.from({ length: 468 }, (_, k) =>
        toSquare(square, { x: landmarks[3 * k]!, y: landmarks[3 * k + 1]! }),
      )
      const extent = (values: number[]): number => Math.max(...values) - Math.min(...values)
      const all = places.flatMap(({ u, v }) => [u, v])
      expect(Math.min(...all)).toBeGreaterThan(-1e-6)
      expect(Math.max(...all)).toBeLessThan(1 + 1e-6)
      expect(Math.max(extent(places.map(({ u }) => u)), extent(places.map(({ v }) => v)))).toBeCloseTo(1, 6)
      expect(places[33]!.v).toBeCloseTo(places[263]!.v, 6)
    }),
    { numRuns: 50 },
  )
})

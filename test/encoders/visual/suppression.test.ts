import fc from 'fast-check'
import { expect, test } from 'vitest'
import { overlap } from '../../../src/encoders/visual/geometry.ts'
import { overlappingGroups, type Scored } from '../../../src/encoders/visual/suppression.ts'

const scored: fc.Arbitrary<Scored> = fc.record({
  score: fc.double({ min: 0.01, max: 1, noNaN: true }),
  box: fc.record({
    x: fc.integer({ min: 0, max: 50 }),
    y: fc.integer({ min: 0, max: 50 }),
    width: fc.integer({ min: 5, max: 40 }),
    height: fc.integer({ min: 5, max: 40 }),
  }),
})
const threshold = fc.double({ min: 0.05, max: 0.95, noNaN: true })

/** Greedy non-maximum suppression as it is usually written. */
function suppressed(all: readonly Scored[], limit: number): Scored[] {
  const kept: Scored[] = []
  for (const one of [...all].sort((a, b) => b.score - a.score)) {
    if (kept.every((other) => overlap(other.box, one.box) <= limit)) kept.push(one)
  }
  return kept
}

test('the heads of the groups are what greedy non-maximum suppression keeps', () => {
  fc.assert(
    fc.property(fc.array(scored, { maxLength: 25 }), threshold, (all, limit) => {
      const groups = overlappingGroups(all, limit)
      expect(groups.map(([head]) => head)).toEqual(suppressed(all, limit))
      expect(groups.flat().length).toBe(all.length)
      for (const [head, ...others] of groups) {
        for (const other of others) {
          expect(overlap(head!.box, other.box)).toBeGreaterThan(limit)
          expect(other.score).toBeLessThanOrEqual(head!.score)
        }
      }
    }),
  )
})

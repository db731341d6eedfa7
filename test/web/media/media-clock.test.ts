import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMediaClock } from '../../../web/src/media/media-clock.ts'

test('jitter of delivery does not move frames: they follow each other without gap or overlap', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 2 }), (jitters) => {
      const clock = createMediaClock()
      const starts = jitters.map((jitter, i) => clock.startMs(100 * i, 100, 1_000 + 100 * (i + 1) + jitter))
      for (let i = 1; i < starts.length; i++) expect(starts[i]! - starts[i - 1]!).toBe(100)
      expect(Math.abs(starts[0]! - 1_000 - jitters[0]!)).toBeLessThanOrEqual(1)
    }),
  )
})

test('after a sleep of the computer the time is the conversation’s again; it never goes back', () => {
  const clock = createMediaClock()
  expect(clock.startMs(0, 100, 100)).toBe(0)
  expect(clock.startMs(100, 100, 60_200)).toBe(60_100)
  expect(clock.startMs(200, 100, 1_000)).toBe(60_200)
})

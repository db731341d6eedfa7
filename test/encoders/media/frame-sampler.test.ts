import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFrameSampler } from '../../../src/encoders/media/frame-sampler.ts'

const times = fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 200 }).map((steps) => {
  let timeMs = 5000
  return steps.map((step) => {
    timeMs += step
    return timeMs
  })
})
const rate = fc.constantFrom(1, 2, 5, 10, 12.5, 30)
const taken = (all: readonly number[], framesPerSecond: number): number[] => {
  const sampler = createFrameSampler(framesPerSecond)
  const kept = all.filter((timeMs) => sampler.take(timeMs))
  expect(sampler.dropped).toBe(all.length - kept.length)
  return kept
}

test('takes the first frame, never more than the rate allows, and none twice', () => {
  fc.assert(
    fc.property(times, rate, (all, framesPerSecond) => {
      const kept = taken(all, framesPerSecond)
      expect(kept[0]).toBe(all[0])
      for (const from of kept) {
        const within = kept.filter((timeMs) => timeMs >= from && timeMs < from + 1000)
        expect(within.length).toBeLessThanOrEqual(Math.ceil(framesPerSecond) + 1) // one may lie at either edge
      }
      expect(kept.length).toBeLessThanOrEqual(Math.ceil(((all.at(-1)! - all[0]! + 1) * framesPerSecond) / 1000) + 1)
      expect(new Set(kept).size).toBe(kept.length)
    }),
  )
})

test('sampling what was sampled at the same rate takes all of it', () => {
  fc.assert(
    fc.property(times, rate, (all, framesPerSecond) => {
      const once = taken(all, framesPerSecond)
      expect(taken(once, framesPerSecond)).toEqual(once)
    }),
  )
})

test('takes every frame of a stream at exactly the rate, its times rounded to ms', () => {
  for (const framesPerSecond of [24, 25, 30, Number.POSITIVE_INFINITY]) {
    const all = Array.from({ length: 300 }, (_, k) => Math.round((k * 1000) / Math.min(framesPerSecond, 60)))
    expect(taken(all, framesPerSecond)).toEqual(all)
  }
})

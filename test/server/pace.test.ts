import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createPace, paceConfigSchema } from '../../src/server/pace.ts'

function clocked(config: { factor?: number; burstMs?: number } = {}) {
  let at = 0
  const pace = createPace(paceConfigSchema.parse(config), () => at)
  const wait = (ms: number): void => {
    at += ms
  }
  return { pace, wait, at: () => at }
}

describe('pace', () => {
  test('whoever sends what is due is never held, whatever the jitter, the gaps and the number of participants', () => {
    const frames = fc.array(fc.record({ gap: fc.nat(20_000), jitter: fc.nat(2_000), who: fc.nat(3) }), {
      maxLength: 100,
    })
    fc.assert(
      fc.property(frames, (frames) => {
        const { pace, wait, at } = clocked()
        // A frame comes up to 2 s after its end, and frames of 100 ms.
        const sent = frames.map(({ gap, jitter, who }) => {
          wait(gap)
          return pace.take(`audio ${who}`, at() + 3_000 - jitter, 100)
        })
        expect(sent.every((ms) => ms === 0)).toBe(true)
      }),
    )
  })

  test('whoever does as told sends `factor` times real time in the long run and is held for the rest', () => {
    const speeds = fc.record({ speed: fc.integer({ min: 3, max: 1_000 }), factor: fc.constantFrom(1, 1.5, 2) })
    fc.assert(
      fc.property(speeds, fc.boolean(), ({ speed, factor }, picture) => {
        const { pace, wait, at } = clocked({ factor, burstMs: 5_000 })
        let sentMs = 0
        while (sentMs < 120_000) {
          sentMs += 100
          wait(100 / speed + pace.take('a', sentMs, picture ? 0 : 100))
        }
        const allowed = (at() + 100) * factor + 5_000 + 100
        expect(sentMs).toBeLessThanOrEqual(allowed + 1)
        expect(sentMs).toBeGreaterThan(at() * factor)
      }),
      { numRuns: 50 },
    )
  })

  test('what is said again counts by its length, and a jump of a clock for little', () => {
    const { pace } = clocked({ factor: 2, burstMs: 1_000 })
    pace.take('a', 100, 100)
    for (let i = 0; i < 9; i++) expect(pace.take('a', 100, 100)).toBe(0)
    expect(pace.take('a', 100, 100)).toBe(50)
    expect(pace.take('b', 1_000, 0)).toBe(0)
    expect(pace.take('b', 86_400_000, 0)).toBe(500)
  })
})

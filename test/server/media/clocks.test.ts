import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createParticipantClock } from '../../../src/server/media/participant-clock.ts'
import { createStreamClock } from '../../../src/server/media/stream-clock.ts'

/** A delay that is never negative and now and then long: what a network does. */
const delays = fc.infiniteStream(
  fc.oneof({ weight: 6, arbitrary: fc.nat(15) }, { weight: 3, arbitrary: fc.nat(80) }, fc.nat(400)),
)

describe('createStreamClock', () => {
  test('finds offset and drift behind the jitter', () => {
    fc.assert(
      fc.property(
        delays,
        fc.integer({ min: -100_000, max: 100_000 }),
        fc.integer({ min: -300, max: 300 }),
        (delay, offset, ppm) => {
          const clock = createStreamClock()
          for (let at = 0; at < 60_000; at += 100) {
            // At server time `at` the stream's clock says so much.
            clock.observe((at - offset) * (1 + ppm / 1e6), at + Number(delay.next().value))
          }
          const { offsetMs, driftPpm, jitterMs } = clock.estimate!
          expect(Math.abs(driftPpm - ppm)).toBeLessThan(400)
          expect(Math.abs(offsetMs - offset + ((55_000 - offset) * ppm) / 1e6)).toBeLessThan(30)
          expect(jitterMs).toBeGreaterThanOrEqual(0)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('knows nothing of media that does not come in real time, and forgets what was before', () => {
    const clock = createStreamClock()
    for (let ms = 0; ms < 60_000; ms += 100) clock.observe(ms, ms / 10)
    expect(clock.estimate).toBeUndefined()
    for (let ms = 0; ms < 30_000; ms += 100) clock.observe(60_000 + ms, 6_000 + ms)
    expect(clock.estimate?.offsetMs).toBeCloseTo(-54_000, 0)
    for (let ms = 0; ms < 60_000; ms += 100) clock.observe(90_000 + ms, 36_000 + ms / 5)
    expect(clock.estimate).toBeUndefined()
  })
})

describe('createParticipantClock', () => {
  /** Sound and pictures of the same moments, the pictures stamped `skew` later; how far pictures are from sound at the end. */
  function run(skew: number, delay: Iterator<number>, offset = 0) {
    const clock = createParticipantClock()
    clock.setOffset(offset)
    let last = { moment: 0, time: 0 }
    for (let at = 0; at < 30_000; at += 100) {
      clock.audio(at - 100, 100, at + Number(delay.next().value))
      if (at % 200 === 0) last = { moment: at, time: clock.picture(at + skew, at + Number(delay.next().value)) }
    }
    return { apart: last.time - last.moment - offset, report: clock.report }
  }

  test('streams that agree within what cameras take keep the client’s stamps, whatever the jitter', () => {
    fc.assert(
      fc.property(
        delays,
        fc.integer({ min: -200, max: 200 }),
        fc.integer({ min: -5_000, max: 5_000 }),
        (delay, skew, offset) => {
          const { apart, report } = run(skew, delay, offset)
          expect(apart).toBe(skew)
          expect(report.correctionMs).toBe(0)
          expect(report.skewMs).toBeGreaterThan(skew - 40)
          expect(report.skewMs).toBeLessThan(skew + 40)
        },
      ),
      { numRuns: 40 },
    )
  })

  test('pictures stamped by a clock that began at another moment are moved onto the sound', () => {
    fc.assert(
      fc.property(delays, fc.integer({ min: 300, max: 60_000 }), fc.boolean(), (delay, size, before) => {
        const { apart } = run(before ? -size : size, delay)
        expect(Math.abs(apart)).toBeLessThan(60)
      }),
      { numRuns: 40 },
    )
  })
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTokenBucket } from '../../src/server/token-bucket.ts'

const rates = fc.record({ perSecond: fc.integer({ min: 1, max: 5_000 }), burst: fc.integer({ min: 1, max: 10_000 }) })
const steps = fc.array(fc.record({ after: fc.nat(3_000), amount: fc.integer({ min: 1, max: 3_000 }) }), {
  maxLength: 60,
})

/** A bucket and the clock that it lives by. */
function open(rate: { perSecond: number; burst: number }) {
  let time = 1_000
  const bucket = createTokenBucket(rate, () => time)
  return {
    bucket,
    time: () => time,
    pass: (ms: number) => {
      time += ms
    },
  }
}

/** More than `burst` + rate × length has gone through in some stretch of time: every pair of times is looked at. */
function exceeds(given: { at: number; amount: number }[], { perSecond, burst }: { perSecond: number; burst: number }) {
  return given.some((first, i) => {
    let sum = 0
    return given.slice(i).some(({ at, amount }) => {
      sum += amount
      return sum > burst + ((at - first.at) * perSecond) / 1_000 + 1e-6
    })
  })
}

test('what is let through in any stretch of time is at most the burst and what flows in', () => {
  fc.assert(
    fc.property(rates, steps, (rate, plan) => {
      const { bucket, time, pass } = open(rate)
      const given: { at: number; amount: number }[] = []
      for (const { after, amount: asked } of plan) {
        const amount = Math.min(asked, rate.burst)
        pass(after)
        if (bucket.tryTake(amount) === 0) given.push({ at: time(), amount })
      }
      expect(exceeds(given, rate)).toBe(false)
    }),
  )
})

test('whoever waits as long as told is let through, and no shorter wait does', () => {
  fc.assert(
    fc.property(rates, steps, (rate, plan) => {
      const { bucket, pass } = open(rate)
      for (const { after, amount } of plan) {
        pass(after)
        const wanted = Math.min(amount, rate.burst)
        const wait = bucket.tryTake(wanted)
        if (wait === 0) continue
        pass(wait - 1)
        expect(bucket.tryTake(wanted)).toBeGreaterThan(0)
        pass(1)
        expect(bucket.tryTake(wanted)).toBe(0)
      }
    }),
  )
})

test('a debt is paid after the wait that is told, so that the mean rate is kept whatever comes', () => {
  fc.assert(
    fc.property(rates, steps, (rate, plan) => {
      const { bucket, time, pass } = open(rate)
      const start = time()
      let sum = 0
      for (const { after, amount } of plan) {
        pass(after)
        sum += amount
        pass(bucket.take(amount))
        expect(bucket.take(0)).toBe(0)
        expect(sum).toBeLessThanOrEqual(rate.burst + ((time() - start) * rate.perSecond) / 1_000 + 1e-6)
      }
    }),
  )
})

test('a bucket that is left alone is full again', () => {
  fc.assert(
    fc.property(rates, fc.integer({ min: 1, max: 9_000 }), (rate, amount) => {
      const { bucket, pass } = open(rate)
      bucket.take(amount)
      expect(bucket.tryTake(rate.burst)).toBeGreaterThan(0)
      pass(Math.ceil((amount / rate.perSecond) * 1_000))
      expect(bucket.tryTake(rate.burst)).toBe(0)
    }),
  )
})

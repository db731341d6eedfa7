import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDelivery, isOfTheMoment } from '../../src/server/delivery.ts'
import type { Outbound } from '../../src/server/peer.ts'

const TYPES = ['utterance.label', 'quality', 'media.dropped', 'rate_limited', 'pong', 'error'] as const
const MESSAGES: readonly Outbound[] = TYPES.flatMap((type) =>
  [true, false].map((kept) => ({ type, kept, json: JSON.stringify({ type, filler: 'x'.repeat(250) }) })),
)

test('what is kept is not of the moment', () => {
  expect(MESSAGES.some((message) => message.kept && isOfTheMoment(message))).toBe(false)
})

test('a slow reader loses what is of the moment first and nothing else; what waits is bounded', () => {
  const step = fc.oneof(fc.constantFrom(...MESSAGES), fc.nat(400))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const limits = { ephemeralBytes: 500, unreadBytes: 2_000 }
      let unread = 0
      let cuts = 0
      const written: string[] = []
      const expected: string[] = []
      const delivery = createDelivery({
        limits,
        bufferedAmount: () => unread,
        write: (text) => {
          unread += text.length
          written.push(text)
        },
        onTooSlow: () => cuts++,
      })
      for (const step of steps) {
        if (typeof step === 'number') {
          unread = Math.max(0, unread - step)
          continue
        }
        if (cuts === 0 && unread <= limits.unreadBytes && !(isOfTheMoment(step) && unread > limits.ephemeralBytes))
          expected.push(step.json)
        delivery.send(step)
      }
      expect(written).toEqual(expected)
      expect(cuts).toBeLessThanOrEqual(1)
      expect(unread).toBeLessThan(limits.unreadBytes + 1_000)
    }),
  )
})

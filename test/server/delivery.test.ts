import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDelivery, isOfTheMoment } from '../../src/server/delivery.ts'
import type { ServerMessage } from '../../src/server/protocol/server-messages.ts'

const label = (interim: boolean): ServerMessage => ({
  type: 'utterance.label',
  seq: 1,
  utterance_id: 'u1',
  participant: 'ann',
  text: 'words',
  start_ms: 0,
  end_ms: 1,
  label: 'neu',
  probabilities: [],
  modalities: ['text'],
  mode: 'live',
  final: !interim,
  interim,
  latency_ms: 1,
})
const quality: ServerMessage = {
  type: 'quality',
  seq: 1,
  level: 'full',
  reason: 'recovered',
  lag_ms: 0,
  cpu: 0,
  queue_age_ms: 0,
}
const dropped: ServerMessage = {
  type: 'media.dropped',
  seq: 1,
  participant: 'ann',
  kind: 'audio',
  reason: 'late',
  frames: 1,
  start_ms: 0,
}
const pong: ServerMessage = { type: 'pong', seq: 1 }

test('a slow reader loses what is of the moment first and nothing else; what waits is bounded', () => {
  const messages = fc.constantFrom(label(true), label(false), quality, dropped, pong)
  const step = fc.oneof(messages, fc.nat(400))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const limits = { ephemeralBytes: 500, unreadBytes: 2_000 }
      let unread = 0
      let cuts = 0
      const left: ServerMessage[] = []
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
        onDropped: (message) => left.push(message),
      })
      for (const step of steps) {
        if (typeof step === 'number') {
          unread = Math.max(0, unread - step)
          continue
        }
        if (cuts === 0 && unread <= limits.unreadBytes && !(isOfTheMoment(step) && unread > limits.ephemeralBytes))
          expected.push(JSON.stringify(step))
        delivery.send(step)
      }
      expect(written).toEqual(expected)
      expect(left.every(isOfTheMoment)).toBe(true)
      expect(cuts).toBeLessThanOrEqual(1)
      expect(unread).toBeLessThan(limits.unreadBytes + 1_000)
    }),
  )
})

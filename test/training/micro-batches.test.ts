import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseCorectConfig } from '../../src/model/config.ts'
import { planMicroBatches, utterancesPerMicroBatch } from '../../src/training/micro-batches.ts'
import { randomConversation } from './random-conversation.ts'

const lengths = fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 24 })
const build = (given: number[]) => given.map((length, i) => randomConversation({ text: 1 }, length, i))

test('each conversation is in one micro-batch of one thread, and none is too large', () => {
  fc.assert(
    fc.property(
      lengths,
      fc.integer({ min: 1, max: 2 }),
      fc.integer({ min: 50, max: 1000 }),
      (given, threads, utterances) => {
        const batch = build(given)
        const plan = planMicroBatches(batch, { threads, utterances })
        expect(plan.length).toBe(threads)
        const parts = plan.flat()
        expect(parts.flatMap((part) => part.conversations.map(({ id }) => id)).sort()).toEqual(
          batch.map(({ id }) => id).sort(),
        )
        expect(parts.map(({ index }) => index).sort((a, b) => a - b)).toEqual(parts.map((_, index) => index))
        for (const { conversations } of parts) {
          const padded = conversations.length * Math.max(...conversations.map(({ length }) => length))
          if (conversations.length > 1) expect(padded).toBeLessThanOrEqual(utterances)
        }
        expect(planMicroBatches(batch, { threads, utterances })).toEqual(plan)
      },
    ),
  )
})

test('two threads both have work, of like amount', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 30, max: 80 }), { minLength: 10, maxLength: 10 }), (given) => {
      const work = planMicroBatches(build(given), { threads: 2, utterances: 300 }).map((parts) =>
        parts.reduce((sum, { conversations }) => sum + conversations.length * conversations[0]!.length, 0),
      )
      expect(Math.min(...work)).toBeGreaterThan(0.6 * Math.max(...work))
    }),
  )
})

test('a batch that fits goes through at once', () => {
  const plan = planMicroBatches(build([30, 40, 50]), { threads: 1, utterances: 150 })
  expect(plan[0]!.length).toBe(1)
})

test('a larger model takes fewer utterances at once', () => {
  const size = (text: number, threads = 1) =>
    utterancesPerMicroBatch(
      parseCorectConfig({ modalities: ['text', 'audio'], featureSizes: { text, audio: 66 }, labelSet: 'iemocap6' }),
      threads,
    )
  expect(size(384)).toBeGreaterThan(size(768))
  expect(size(768, 2)).toBe(Math.floor(size(768) / 2))
  // Ten of IEMOCAP's longest dialogues (110 utterances) go through at once at the size of the shipped model.
  expect(size(384)).toBeGreaterThan(1100)
})

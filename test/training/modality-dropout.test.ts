import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Modality, PerModality } from '../../src/conversation/modality.ts'
import { dropModalities } from '../../src/training/modality-dropout.ts'
import { randomConversation } from './random-conversation.ts'

const SIZES: PerModality<number> = { text: 3, audio: 2, visual: 1 }

const conversations = fc.array(
  fc.record({
    modalities: fc.subarray<Modality>(['text', 'audio', 'visual'], { minLength: 1 }),
    length: fc.integer({ min: 1, max: 6 }),
    absent: fc.array(fc.nat(17), { maxLength: 6 }),
  }),
  { minLength: 1, maxLength: 4 },
)

/** Conversations in which some utterances lack some modality already, but never all. */
const build = (given: { modalities: Modality[]; length: number; absent: number[] }[]) =>
  given.map(({ modalities, length, absent }, seed) => {
    const sizes = Object.fromEntries(modalities.map((modality) => [modality, SIZES[modality]!]))
    const conversation = randomConversation(sizes, length, seed)
    for (const place of absent) {
      const i = place % length
      const there = modalities.filter((modality) => conversation.present[modality]![i])
      if (there.length < 2) continue
      const size = SIZES[there[0]!]!
      conversation.present[there[0]!]![i] = 0
      conversation.features[there[0]!]!.fill(0, i * size, (i + 1) * size)
    }
    return conversation
  })

test('takes away only what is there, never the last modality, and leaves no feature behind', () => {
  fc.assert(
    fc.property(
      conversations,
      fc.constantFrom(0.2, 0.9, { conversation: { text: 0.4, visual: 0.3 }, utterance: 0.5 }),
      fc.nat(),
      (given, rate, seed) => {
        const before = build(given)
        const after = dropModalities(before, rate, seed)
        after.forEach((conversation, index) => {
          const modalities = Object.keys(conversation.present) as Modality[]
          for (let i = 0; i < conversation.length; i++) {
            expect(modalities.some((modality) => conversation.present[modality]![i])).toBe(true)
            for (const modality of modalities) {
              const [was, is] = [before[index]!.present[modality]![i]!, conversation.present[modality]![i]!]
              expect(is).toBeLessThanOrEqual(was)
              const size = SIZES[modality]!
              const row = conversation.features[modality]!.slice(i * size, (i + 1) * size)
              const original = before[index]!.features[modality]!.slice(i * size, (i + 1) * size)
              expect(row).toEqual(was && !is ? new Float32Array(size) : original)
            }
          }
        })
        expect(dropModalities(before, rate, seed)).toEqual(after)
      },
    ),
  )
})

test('an utterance loses something as often as asked, half of the time with its whole conversation', () => {
  const batch = Array.from({ length: 3000 }, (_, i) => randomConversation(SIZES, 10, i))
  let lost = 0
  let whole = 0
  for (const { present, length } of dropModalities(batch, 0.3, 7)) {
    const rows = Array.from({ length }, (_, i) => Object.values(present).filter((flags) => flags[i]).length)
    lost += rows.filter((count) => count < 3).length
    const gone = Object.values(present).some((flags) => flags.every((flag) => !flag))
    if (gone) whole++
  }
  expect(lost / 30_000).toBeCloseTo(0.3, 1)
  expect(whole / 3000).toBeCloseTo(0.15, 1)
})

test('rates by modality: a conversation loses each as often as asked, an utterance of the others one', () => {
  const batch = Array.from({ length: 4000 }, (_, i) => randomConversation({ text: 3, audio: 2 }, 10, i))
  const dropout = { conversation: { text: 0.05, audio: 0.15 }, utterance: 0.1 }
  const flags = dropModalities(batch, dropout, 7).map(({ present }) => present)
  const part = (of: (present: PerModality<Uint8Array>) => boolean) => flags.filter(of).length / flags.length
  expect(part(({ text }) => text!.every((flag) => !flag))).toBeCloseTo(0.05, 1)
  expect(part(({ audio }) => audio!.every((flag) => !flag))).toBeCloseTo(0.15, 1)
  const others = flags.filter(({ text, audio }) => text!.some((flag) => flag) && audio!.some((flag) => flag))
  const lost = others.flatMap(({ text, audio }) => [...text!].map((flag, i) => (flag && audio![i] ? 0 : 1)))
  expect(lost.filter((one) => one).length / lost.length).toBeCloseTo(0.1, 1)
})

test('rate 0 changes nothing', () => {
  const batch = [randomConversation(SIZES, 4, 1)]
  expect(dropModalities(batch, 0, 1)).toEqual(batch)
})

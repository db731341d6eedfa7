import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Conversation, Features } from '../../src/conversation/conversation.ts'
import { createFeaturePreparation, prepareConversation, withoutModality } from '../../src/model/prepare.ts'
import { conversations } from '../support/conversations.ts'
import { expectError } from '../support/errors.ts'

const OPTIONS = {
  modalities: ['text', 'audio', 'visual'] as const,
  featureSizes: { text: 4, audio: 3, visual: 2 },
  labelSet: 'iemocap4' as const,
  normalisation: { audio: { mean: [1, 2, 3], std: [1, 2, 4] } },
}
const options = { ...OPTIONS, modalities: [...OPTIONS.modalities] }

const conversation = (...all: { speaker?: string; label?: string; features: Features }[]): Conversation => ({
  id: 'c',
  utterances: all.map(({ speaker = 'A', label, features }, i) => ({
    id: `u${i}`,
    speaker,
    startMs: i,
    endMs: i,
    label: label ?? null,
    features,
  })),
})

describe('prepareConversation', () => {
  it('normalises, marks what is there, indexes speakers and labels', () => {
    const prepared = prepareConversation(
      conversation(
        { speaker: 'B', label: 'sad', features: { audio: Float32Array.of(2, 6, Number.NaN) } },
        { speaker: 'A', label: 'exc', features: { text: Float32Array.of(1, 2, 3, 4), visual: Float32Array.of(5, 6) } },
        { speaker: 'C', features: { visual: Float32Array.of(7, 8) } },
      ),
      options,
    )
    expect(prepared.features.audio).toEqual(Float32Array.of(1, 2, 0, 0, 0, 0, 0, 0, 0))
    expect(prepared.features.text).toEqual(Float32Array.of(0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0))
    expect(prepared.present).toEqual({
      text: Uint8Array.of(0, 1, 0),
      audio: Uint8Array.of(1, 0, 0),
      visual: Uint8Array.of(0, 1, 1),
    })
    expect(prepared.speakers).toEqual(Int32Array.of(0, 1, 2))
    expect(prepared.labels).toEqual(Int32Array.of(1, -1, -1)) // exc is not one of the four
  })

  it('takes a vector of which nothing was measured as a missing modality', async () => {
    const nothing = Float32Array.of(Number.NaN, Number.NaN, Number.NaN)
    const text = Float32Array.of(1, 2, 3, 4)
    const prepared = prepareConversation(conversation({ features: { text, audio: nothing } }), options)
    expect(prepared).toEqual(prepareConversation(conversation({ features: { text } }), options))
    const alone = () => prepareConversation(conversation({ features: { audio: nothing } }), options)
    await expectError(alone, 'EMO_FEATURE_MISSING', 'no finite value')
  })

  it('gives finite numbers for any conversation, the same for the same, and for a prefix the prefix', () => {
    fc.assert(
      fc.property(conversations, fc.subarray([...OPTIONS.modalities]), (all, speakerViews) => {
        for (const one of all) {
          const utterances = one.utterances.filter(({ features }) => Object.keys(features).length > 0)
          const prepare = (length: number) =>
            prepareConversation({ ...one, utterances: utterances.slice(0, length) }, { ...options, speakerViews })
          const whole = prepare(utterances.length)
          const shorter = prepare(utterances.length - 1)
          expect(shorter.speakers).toEqual(whole.speakers.slice(0, shorter.length))
          for (const [modality, values] of Object.entries(whole.features)) {
            expect(values.every(Number.isFinite)).toBe(true)
            const before = shorter.features[modality as keyof typeof shorter.features]!
            expect(before).toEqual(values.slice(0, before.length))
          }
        }
      }),
    )
  })

  it('adds to a speaker view what the speaker’s own utterances so far make of the vector', () => {
    const prepared = prepareConversation(
      conversation(
        { speaker: 'A', features: { visual: Float32Array.of(1, 0) } },
        { speaker: 'B', features: { visual: Float32Array.of(1, 0) } },
        { speaker: 'A', features: { visual: Float32Array.of(1, 0) } },
      ),
      { ...options, modalities: ['visual'], speakerViews: ['visual'] },
    )
    const rows = Array.from({ length: 3 }, (_, i) => Array.from(prepared.features.visual!.subarray(4 * i, 4 * i + 4)))
    for (const row of rows) expect(row.slice(0, 2)).toEqual([1, 0])
    expect(rows[1]).toEqual(rows[0]) // another speaker starts from nothing
    expect(rows[2]![2]).toBeLessThan(rows[0]![2]!) // the second 1 of one speaker stands out less
    expect(rows[2]![2]).toBeGreaterThan(0)
  })

  it('refuses features of another size and utterances without any that the model takes', async () => {
    const wrong = conversation({ features: { text: new Float32Array(3) } })
    await expectError(() => prepareConversation(wrong, options), 'EMO_FEATURE_SIZE', 'c/u0 text', '4 numbers', '3')
    const textOnly = { ...options, modalities: ['text' as const] }
    const audio = { audio: new Float32Array(3) }
    const prepare = createFeaturePreparation(textOnly)
    await expectError(() => prepare(audio, 'A', 'c/u0'), 'EMO_FEATURE_MISSING', 'c/u0', 'text', 'audio')
  })
})

describe('withoutModality', () => {
  it('takes a modality away where it is not kept, and leaves the original alone', () => {
    const prepared = prepareConversation(
      conversation(
        { features: { text: Float32Array.of(1, 2, 3, 4), visual: Float32Array.of(5, 6) } },
        { features: { visual: Float32Array.of(7, 8) } },
      ),
      options,
    )
    const less = withoutModality(prepared, 'visual', [0, 1])
    expect(less.features.visual).toEqual(Float32Array.of(0, 0, 7, 8))
    expect(less.present.visual).toEqual(Uint8Array.of(0, 1))
    expect(prepared.present.visual).toEqual(Uint8Array.of(1, 1))
    expect(less.features.text).toBe(prepared.features.text)
  })
})

import fc from 'fast-check'
import type { Conversation, Features, Utterance } from '../../src/conversation/conversation.ts'
import { SPLITS } from '../../src/conversation/conversation.ts'
import { LABEL_SETS } from '../../src/conversation/label-sets.ts'

const SIZES = { text: 4, audio: 3, visual: 2 } as const

const vector = (size: number) =>
  fc.array(fc.float({ noDefaultInfinity: true }), { minLength: size, maxLength: size }).map((v) => Float32Array.from(v))

const features: fc.Arbitrary<Features> = fc.record(
  { text: vector(SIZES.text), audio: vector(SIZES.audio), visual: vector(SIZES.visual) },
  { requiredKeys: [] },
)

const utterance: fc.Arbitrary<Omit<Utterance, 'id'>> = fc
  .tuple(
    fc.record({
      speaker: fc.string({ minLength: 1, unit: 'grapheme' }),
      startMs: fc.nat(1e7),
      label: fc.constantFrom(null, ...LABEL_SETS.iemocap6),
      features,
    }),
    fc.nat(1e5),
    fc.option(fc.string({ unit: 'grapheme' }), { nil: undefined }),
  )
  .map(([rest, duration, text]) => ({
    ...rest,
    endMs: rest.startMs + duration,
    ...(text !== undefined && { text }),
  }))

/** Any conversations of text 4, audio 3, visual 2 features, some values NaN, some modalities missing. */
export const conversations: fc.Arbitrary<Conversation[]> = fc
  .array(
    fc.record({
      split: fc.option(fc.constantFrom(...SPLITS), { nil: undefined }),
      utterances: fc.array(utterance, { maxLength: 6 }),
    }),
    { maxLength: 4 },
  )
  .map((all) =>
    all.map(({ split, utterances }, i) => ({
      id: `c${i}`,
      labelSet: 'iemocap6' as const,
      ...(split && { split }),
      utterances: utterances.map((u, k) => ({ id: `u${k}`, ...u })),
    })),
  )

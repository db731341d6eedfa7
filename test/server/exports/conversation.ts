import fc from 'fast-check'
import { LABEL_SETS } from '../../../src/conversation/label-sets.ts'
import { MODALITIES } from '../../../src/conversation/modality.ts'
import type { StoredConversation, StoredUtterance } from '../../../src/server/store/stored-conversation.ts'

const LABELS = LABEL_SETS.iemocap6

/** Words of all kinds: markup, formulas, line breaks, halves of surrogate pairs. */
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '=1+1',
    '<v Eve>not me',
    'a --> b',
    '\n\nNOTE gone',
    ']]>',
    '&amp; &',
    '',
    '  ',
    'two\r\nlines',
    '"quoted", and',
  ),
)

/** A conversation of a store, with labels from probabilities that sum to 1. */
export function anyConversation(text: fc.Arbitrary<string> = anyText): fc.Arbitrary<StoredConversation> {
  const participants = [{ id: 'ann', name: 'Ann A.' }, { id: 'bob' }, { id: 'c d' }]
  const utterance = fc.record({
    participant: fc.constantFrom(...participants.map(({ id }) => id)),
    text,
    startMs: fc.nat(20_000_000),
    length: fc.nat(30_000),
    weights: fc.array(fc.integer({ min: 1, max: 100 }), { minLength: LABELS.length, maxLength: LABELS.length }),
    modalities: fc.subarray([...MODALITIES].slice(0, 2), { minLength: 1 }),
    revisions: fc.nat(3),
  })
  return fc.array(utterance, { maxLength: 12 }).map((all) => ({
    sessionId: '5f0c1a34-6f0e-4f39-9f52-0d3a8f8c1f11',
    createdAt: 1_700_000_000_000,
    closedAt: 1_700_000_900_000,
    mode: 'live',
    labelSet: 'iemocap6',
    model: { name: 'fake', sha256: '0'.repeat(64) },
    participants,
    purpose: 'a test',
    utterances: all.map(({ weights, length, startMs, ...rest }, i): StoredUtterance => {
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      const probabilities = LABELS.map((name, c) => ({ name, probability: weights[c]! / total }))
      const label = probabilities.reduce((best, one) => (one.probability > best.probability ? one : best)).name
      return {
        ...rest,
        utteranceId: `u${i + 1}`,
        startMs,
        endMs: startMs + length,
        label,
        firstLabel: label,
        probabilities,
        mode: 'live',
        final: true,
        latencyMs: 1.5,
      }
    }),
  }))
}

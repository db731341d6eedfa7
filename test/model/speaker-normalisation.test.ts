import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Mode } from '../../src/conversation/mode.ts'
import { createSpeakerNormaliser, type SpeakerNormaliserOptions } from '../../src/model/speaker-normalisation.ts'

const SIZE = 3
const number = fc.oneof(
  { weight: 12, arbitrary: fc.double({ min: -100, max: 100, noNaN: true }) },
  { weight: 1, arbitrary: fc.constant(Number.NaN) },
)
const utterances = fc.array(
  fc.record({
    speaker: fc.constantFrom('a', 'b', 'c'),
    vector: fc.option(fc.array(number, { minLength: SIZE, maxLength: SIZE }), { nil: undefined }),
  }),
  { minLength: 1, maxLength: 25 },
)
const statistics = fc.record({
  mean: fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: SIZE, maxLength: SIZE }),
  std: fc.array(fc.double({ min: 2, max: 10, noNaN: true }), { minLength: SIZE, maxLength: SIZE }),
})
const priorCount = fc.constantFrom(0, 1, 10, 1e3)

/**
 * A whole conversation's vectors of one modality, scaled by speaker; an absent vector stays absent.
 * `live`: each as `add` gives it when it comes. `offline`: all by what the whole conversation
 * tells of the speaker. Both agree on each speaker's last utterance.
 */
function normaliseBySpeaker(
  utterances: readonly { readonly speaker: string; readonly vector: ArrayLike<number> | undefined }[],
  options: SpeakerNormaliserOptions & { readonly mode: Mode },
): (Float32Array | undefined)[] {
  const normaliser = createSpeakerNormaliser(options)
  if (options.mode === 'live') {
    return utterances.map(({ speaker, vector }) => vector && normaliser.add(speaker, vector))
  }
  for (const { speaker, vector } of utterances) if (vector) normaliser.observe(speaker, vector)
  return utterances.map(({ speaker, vector }) => vector && normaliser.scale(speaker, vector))
}

describe('speaker normalisation', () => {
  it('is causal in live mode: a prefix gives what the whole gives, whatever comes after', () => {
    fc.assert(
      fc.property(utterances, utterances, statistics, priorCount, (past, future, s, k) => {
        const options = { statistics: s, priorCount: k, mode: 'live' as const }
        const whole = normaliseBySpeaker([...past, ...future], options)
        expect(whole.slice(0, past.length)).toEqual(normaliseBySpeaker(past, options))
      }),
    )
  })

  it('streams what it gives for a whole conversation', () => {
    fc.assert(
      fc.property(utterances, statistics, priorCount, (conversation, s, k) => {
        const normaliser = createSpeakerNormaliser({ statistics: s, priorCount: k })
        const streamed = conversation.map(({ speaker, vector }) => {
          if (vector === undefined) return undefined
          const preview = normaliser.preview(speaker, vector)
          normaliser.preview('b', vector)
          expect(normaliser.add(speaker, vector)).toEqual(preview)
          return preview
        })
        expect(streamed).toEqual(normaliseBySpeaker(conversation, { statistics: s, priorCount: k, mode: 'live' }))
      }),
    )
  })

  it("agrees between the modes on each speaker's last utterance", () => {
    fc.assert(
      fc.property(utterances, statistics, priorCount, (conversation, s, k) => {
        const [live, offline] = (['live', 'offline'] as const).map((mode) =>
          normaliseBySpeaker(conversation, { statistics: s, priorCount: k, mode }),
        )
        for (const speaker of ['a', 'b', 'c']) {
          const last = conversation.findLastIndex((u) => u.speaker === speaker && u.vector !== undefined)
          if (last >= 0) expect(live?.[last]).toEqual(offline?.[last])
        }
      }),
    )
  })

  it('equals the mixture written out: k copies of the prior and the values themselves', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 6 }),
        (values, k) => {
          // A prior of mean 2 and deviation 3 is any sample with these moments: here k pairs 2 ± 3 weighing half each.
          const prior = Array.from({ length: k }, () => [-1, 5]).flat()
          const sample = [...prior.map((x) => [x, 0.5]), ...values.map((x) => [x, 1])] as [number, number][]
          const weight = sample.reduce((sum, [, w]) => sum + w, 0)
          const mean = sample.reduce((sum, [x, w]) => sum + w * x, 0) / weight
          const variance = sample.reduce((sum, [x, w]) => sum + w * (x - mean) ** 2, 0) / weight
          const offline = normaliseBySpeaker(
            values.map((x) => ({ speaker: 'a', vector: [x] })),
            { statistics: { mean: [2], std: [3] }, priorCount: k, mode: 'offline' },
          )
          values.forEach((x, i) => {
            expect(offline[i]?.[0]).toBeCloseTo((x - mean) / Math.sqrt(variance), 4)
          })
        },
      ),
    )
  })

  it('keeps speakers apart, and becomes the training statistics for a large prior', () => {
    const options = { statistics: { mean: [2], std: [4] }, priorCount: 5 }
    const mixed = createSpeakerNormaliser(options)
    mixed.add('loud', [1e6])
    expect(mixed.add('quiet', [3])).toEqual(createSpeakerNormaliser(options).add('quiet', [3]))
    const stubborn = createSpeakerNormaliser({ ...options, priorCount: 1e12 })
    expect(stubborn.add('a', [10])[0]).toBeCloseTo(2, 5)
  })

  it('learns little from one broken measurement', () => {
    const options = { statistics: { mean: [0], std: [1] }, priorCount: 5 }
    const broken = createSpeakerNormaliser(options)
    const wild = createSpeakerNormaliser(options)
    broken.add('a', [1e38])
    wild.add('a', [100])
    expect(broken.add('a', [1])).toEqual(wild.add('a', [1]))
    const spread = broken.scale('a', [40])[0]! - broken.scale('a', [-40])[0]!
    expect(spread).toBeGreaterThan(1)
  })

  it('never gives a value that is not finite', () => {
    fc.assert(
      fc.property(utterances, statistics, priorCount, (conversation, s, k) => {
        for (const mode of ['live', 'offline'] as const) {
          for (const row of normaliseBySpeaker(conversation, { statistics: s, priorCount: k, mode })) {
            if (row !== undefined) expect(row.every(Number.isFinite)).toBe(true)
          }
        }
      }),
    )
  })
})

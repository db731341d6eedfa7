import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Conversation, Split } from '../../src/conversation/conversation.ts'
import { isEmographError } from '../../src/errors.ts'
import { fitNormalisation, imputedValues, normalisationSchema } from '../../src/model/normalisation.ts'

function conversation(rows: readonly (readonly number[] | null)[], split?: Split): Conversation {
  return {
    id: 'c',
    ...(split && { split }),
    utterances: rows.map((row, i) => ({
      id: `u${i}`,
      speaker: 'a',
      startMs: i,
      endMs: i,
      label: null,
      features: row === null ? {} : { audio: Float32Array.from(row) },
    })),
  }
}

/** The second implementation: two passes over the column, as the formula is written. */
function twoPass(values: readonly number[]): { mean: number; std: number } {
  const finite = values.map(Math.fround).filter(Number.isFinite)
  const mean = finite.reduce((sum, value) => sum + value, 0) / finite.length
  return { mean, std: Math.sqrt(finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / finite.length) }
}

const value = fc.oneof(
  { weight: 9, arbitrary: fc.double({ min: -1e4, max: 1e4, noNaN: true }) },
  { weight: 1, arbitrary: fc.constant(Number.NaN) },
)
const rows = fc.integer({ min: 1, max: 5 }).chain((size) =>
  fc.array(fc.option(fc.array(value, { minLength: size, maxLength: size })), {
    minLength: 2,
    maxLength: 30,
  }),
)

describe('fitNormalisation', () => {
  it('is the mean and the deviation of the finite values of every column, however they are split', () => {
    fc.assert(
      fc.property(rows, fc.nat(), (all, cut) => {
        const there = all.filter((row) => row !== null)
        fc.pre(there.length > 0)
        const at = cut % all.length
        const { audio } = fitNormalisation(
          [conversation(all.slice(0, at)), conversation(all.slice(at), 'train')],
          ['audio'],
        )
        expect(audio?.utterances).toBe(there.length)
        there[0]!.forEach((_, column) => {
          const values = there.map((row) => row[column]!)
          expect(audio?.imputed[column]).toBe(values.filter((v) => !Number.isFinite(v)).length)
          if (!values.some(Number.isFinite)) return
          const { mean, std } = twoPass(values)
          expect(audio?.mean[column]).toBeCloseTo(mean, 6)
          if (std > 1e-2) expect(audio?.std[column]).toBeCloseTo(std, 4)
        })
      }),
    )
  })

  it('never looks at val and test', () => {
    const train = conversation(
      [
        [1, 2],
        [3, 4],
      ],
      'train',
    )
    const others = [conversation([[900, 900]], 'val'), conversation([[-900, 900]], 'test')]
    expect(fitNormalisation([train, ...others], ['audio'])).toEqual(fitNormalisation([train], ['audio']))
    expect(() => fitNormalisation(others, ['audio'])).toThrow(
      expect.toSatisfy((error) => isEmographError(error, 'EMO_FEATURE_MISSING')),
    )
  })

  it('gives a constant column, and one that is never there, a deviation of 1', () => {
    const constant = conversation([
      [0.1, 0, Number.NaN],
      [0.1, 0, Number.NaN],
      [0.1, 0, Number.NaN],
    ])
    const { audio } = fitNormalisation([constant], ['audio'])
    expect(audio?.std).toEqual([1, 1, 1])
    expect(audio?.mean[2]).toBe(0)
    expect(imputedValues({ audio: audio! })).toEqual({ audio: 3 })
  })

  it('leaves an unscaled modality as it is and still counts', () => {
    const { audio } = fitNormalisation(
      [
        conversation([
          [5, Number.NaN],
          [7, 1],
        ]),
      ],
      ['audio'],
      { unscaled: ['audio'] },
    )
    expect(audio).toEqual({ mean: [0, 0], std: [1, 1], utterances: 2, imputed: [0, 1] })
  })

  it('names the utterance whose size differs', () => {
    const attempt = () => fitNormalisation([conversation([[1, 2], [1]])], ['audio'])
    expect(attempt).toThrow(/EMO_FEATURE_SIZE at field c\/u1 audio: expected 2 numbers.*got 1 numbers/)
  })

  it('survives the checkpoint: JSON and schema', () => {
    const normalisation = fitNormalisation(
      [
        conversation([
          [1, 2],
          [3, 5],
        ]),
      ],
      ['audio'],
    )
    expect(normalisationSchema.parse(JSON.parse(JSON.stringify(normalisation)))).toEqual(normalisation)
    expect(normalisationSchema.safeParse({ audio: { ...normalisation.audio, std: [1] } }).success).toBe(false)
  })
})

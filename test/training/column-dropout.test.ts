import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Conversation } from '../../src/conversation/conversation.ts'
import { fitNormalisation } from '../../src/model/normalisation.ts'
import { prepareConversation } from '../../src/model/prepare.ts'
import { columnDropoutSchema, dropColumns, droppedColumns } from '../../src/training/column-dropout.ts'
import { createRng } from '../../src/training/rng.ts'

const NAMES = ['own_a', 'own_b', 'by_hand_x', 'by_hand_y', 'other']

function conversation(seed: number, length: number): Conversation {
  const rng = createRng(seed)
  const vector = (size: number) => Float32Array.from({ length: size }, () => rng.uniform())
  return {
    id: `c${seed}`,
    utterances: Array.from({ length }, (_, i) => ({
      ...{ id: String(i), speaker: `s${rng.integer(2)}`, startMs: i, endMs: i, label: null },
      features: rng.uniform() < 0.8 ? { text: vector(3), audio: vector(NAMES.length) } : { text: vector(3) },
    })),
  }
}
const conversations = [conversation(1, 9), conversation(2, 5), conversation(3, 1)]
const normalisation = fitNormalisation(conversations, ['text', 'audio'])
const options = {
  ...{ modalities: ['text' as const, 'audio' as const], featureSizes: { text: 3, audio: NAMES.length } },
  ...{ labelSet: 'iemocap6' as const, speakerViews: ['audio' as const], normalisation },
}
const prepared = conversations.map((each) => prepareConversation(each, options))
const dropout = (chance: number, columns = ['by_hand_*', 'other']) =>
  columnDropoutSchema.parse({ audio: { columns, conversation: chance } })

it('a conversation without columns is what it would be had they never been measured', () => {
  const dropped = droppedColumns(
    { audio: { columns: ['by_hand_*', 'other'], conversation: 0.999999 } },
    { audio: NAMES },
  )
  const without = conversations.map((each) => ({
    ...each,
    utterances: each.utterances.map((utterance) => {
      const { audio, ...rest } = utterance.features
      const less = audio?.map((value, k) => (k < 2 ? value : Number.NaN))
      return { ...utterance, features: less === undefined ? rest : { ...rest, audio: less } }
    }),
  }))
  const expected = without.map((each) => prepareConversation(each, options))
  expect(dropColumns(prepared, dropped, options.featureSizes, 5)).toEqual(expected)
})

it('each conversation loses all or none, by the chance, the same ones for the same seed', () => {
  const many = Array.from({ length: 400 }, () => prepared[0]!)
  fc.assert(
    fc.property(fc.nat(1e6), fc.double({ min: 0, max: 0.99, noNaN: true }), (seed, chance) => {
      const dropped = droppedColumns(dropout(chance), { audio: NAMES })
      const varied = dropColumns(many, dropped, options.featureSizes, seed)
      expect(dropColumns(many, dropped, options.featureSizes, seed)).toEqual(varied)
      const [less] = dropColumns([prepared[0]!], { audio: { ...dropped.audio!, chance: 1 } }, options.featureSizes, 0)
      let count = 0
      for (const each of varied) {
        const lost = each.features.audio!.join() !== prepared[0]!.features.audio!.join()
        if (lost) expect(each).toEqual(less)
        count += Number(lost)
      }
      expect(Math.abs(count / many.length - chance)).toBeLessThan(0.13) // five deviations of 400 draws
    }),
    { numRuns: 4 },
  )
})

it('refuses a name that stands for no column', () => {
  expect(droppedColumns({}, { audio: NAMES })).toEqual({})
  for (const name of ['by_foot_*', 'own'])
    expect(() => droppedColumns(dropout(0.5, [name]), { audio: NAMES })).toThrow(
      /EMO_CONFIG_INVALID.*columnDropout.audio/,
    )
  expect(() => droppedColumns({ visual: { columns: ['x'], conversation: 0.5 } }, {})).toThrow(/EMO_CONFIG_INVALID/)
})

import { describe, expect, it } from 'vitest'
import { prepareTrainingData } from '../../src/training/training-data.ts'
import { syntheticConversations } from './synthetic.ts'
import { tinyConfig } from './tiny-config.ts'

describe('prepareTrainingData', () => {
  it('takes feature sizes from the data and statistics from the training split alone', () => {
    const conversations = syntheticConversations({ conversations: 12 })
    const data = prepareTrainingData(tinyConfig(), conversations)
    expect(data.model.featureSizes).toEqual({ text: 16, audio: 6 })
    const training = conversations.filter(({ split }) => split === 'train')
    expect(prepareTrainingData(tinyConfig(), [...training, conversations[1]!]).normalisation).toEqual(
      data.normalisation,
    )
    expect(data.splits.train).toHaveLength(training.length)
  })

  it('learns from the dev split too when told to, with the statistics of the training split', () => {
    const conversations = syntheticConversations({ conversations: 12 })
    const config = tinyConfig({ data: { path: 'x', labelSet: 'iemocap4', learnFromDev: true }, keep: 'last' })
    const data = prepareTrainingData(config, conversations)
    const ids = (split: string) => conversations.filter((each) => each.split === split).map(({ id }) => id)
    expect(data.splits.train.map(({ id }) => id)).toEqual([...ids('train'), ...ids('val')])
    expect(data.splits.val).toEqual([])
    expect(data.normalisation).toEqual(prepareTrainingData(tinyConfig(), conversations).normalisation)
  })

  it('takes a dev split from the training conversations where there is none, the same in any order', () => {
    const all = syntheticConversations({ conversations: 24 }).filter(({ split }) => split !== 'val')
    const config = tinyConfig({ data: { path: 'x', labelSet: 'iemocap4', devShare: 0.25 } })
    const ids = (prepared: readonly { id: string }[]) => prepared.map(({ id }) => id).toSorted()
    const { splits, normalisation } = prepareTrainingData(config, all)
    const training = all.filter(({ split }) => split === 'train').map(({ id }) => id)
    expect(splits.val).toHaveLength(Math.round(training.length / 4))
    expect(ids([...splits.train, ...splits.val])).toEqual(training.toSorted())
    expect(ids(prepareTrainingData(config, all.toReversed()).splits.val)).toEqual(ids(splits.val))
    const learned = new Set(ids(splits.train))
    const kept = all.map((each) => (learned.has(each.id) ? each : { ...each, split: 'test' as const }))
    const dev = { ...all.find(({ id }) => !learned.has(id))!, split: 'val' as const, id: 'dev' }
    expect(prepareTrainingData(config, [...kept, dev]).normalisation).toEqual(normalisation)
  })

  it('says which split has no labels', () => {
    const training = syntheticConversations({ conversations: 12 }).filter(({ split }) => split === 'train')
    expect(() => prepareTrainingData(tinyConfig(), training)).toThrow(/EMO_DATA_EMPTY.*split val/)
  })
})

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

  it('says which split has no labels', () => {
    const training = syntheticConversations({ conversations: 12 }).filter(({ split }) => split === 'train')
    expect(() => prepareTrainingData(tinyConfig(), training)).toThrow(/EMO_DATA_EMPTY.*split val/)
  })
})

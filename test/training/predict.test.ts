import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { MODES } from '../../src/conversation/mode.ts'
import { createCorect } from '../../src/model/corect.ts'
import { useBackend } from '../../src/tensor/backend.ts'
import { predictConversations, restrictModalities } from '../../src/training/predict.ts'
import { prepareTrainingData } from '../../src/training/training-data.ts'
import { syntheticConversations } from './synthetic.ts'
import { tinyConfig } from './tiny-config.ts'

beforeAll(() => useBackend('cpu'))

const { model: config, splits } = prepareTrainingData(tinyConfig(), syntheticConversations({ conversations: 140 }))
const conversations = splits.train

describe('predictConversations', () => {
  it.each(MODES)('gives each conversation what it gets alone, in the order given, and keeps no tensor (%s)', (mode) => {
    const model = createCorect(config, { seed: 1 })
    const before = tf.memory().numTensors
    const together = predictConversations(model, conversations, mode)
    expect(tf.memory().numTensors).toBe(before)
    // More utterances than go through at once: several groups.
    expect(conversations.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(512)
    conversations.forEach((conversation, index) => {
      const [alone] = predictConversations(model, [conversation], mode)
      expect(together[index]!.length).toBe(conversation.length * 4)
      alone!.forEach((value, place) => {
        expect(together[index]![place]).toBeCloseTo(value, 5)
      })
      for (let row = 0; row < conversation.length; row++) {
        const sum = together[index]!.slice(row * 4, row * 4 + 4).reduce((total, value) => total + value, 0)
        expect(sum).toBeCloseTo(1, 5)
      }
    })
    model.dispose()
  })
})

describe('restrictModalities', () => {
  it('leaves nothing of the others to be seen', () => {
    const model = createCorect(config, { seed: 1 })
    const [first] = conversations
    const noisy = { ...first!, features: { ...first!.features, audio: first!.features.audio!.map(() => 7) } }
    const [a, b] = [first!, noisy].map((conversation) => restrictModalities(conversation, ['text']))
    expect(a!.present.audio!.every((value) => value === 0)).toBe(true)
    expect(a!.present.text).toEqual(first!.present.text)
    expect(predictConversations(model, [a!], 'live')).toEqual(predictConversations(model, [b!], 'live'))
    model.dispose()
  })
})

import { describe, expect, it } from 'vitest'
import { classCount, featureSize, parseCorectConfig } from '../../src/model/config.ts'
import { expectError } from '../support/errors.ts'

const DATA = { modalities: ['visual', 'text'], featureSizes: { text: 768, visual: 512 }, labelSet: 'iemocap6' }

describe('the configuration', () => {
  it('needs the data’s sizes only, and is the paper’s otherwise', () => {
    const config = parseCorectConfig(DATA)
    expect(config.modalities).toEqual(['text', 'visual'])
    expect(config).toMatchObject({ hidden: 100, past: 4, future: 11, graphHeads: 7, textEncoderFeedForward: 2048 })
    expect(config.dropout).toMatchObject({ textEncoder: 0.5, classifier: 0.5, crossmodalAttention: 0 })
    expect(classCount(config)).toBe(6)
    expect(featureSize(config, 'visual')).toBe(512)
    expect(parseCorectConfig(JSON.parse(JSON.stringify(config)))).toEqual(config)
  })

  it.each([
    [{ featureSizes: { text: 768 } }, 'featureSizes', 'no size for visual'],
    [{ featureSizes: { text: 770, visual: 512 } }, 'textEncoderHeads', '8 heads do not divide the text width 770'],
    [{ hidden: 101 }, 'crossmodalHeads', '2 heads do not divide hidden 101'],
    [{ selfAttentionHeads: 3 }, 'selfAttentionHeads', 'memory width 100'],
    [{ past: -1 }, 'past', ''],
    [{ modalities: [] }, 'modalities', ''],
    [{ labelSet: 'other' }, 'labelSet', ''],
    [{ droput: {} }, 'model', 'droput'],
    [{ dropout: { classifier: 1 } }, 'dropout.classifier', ''],
  ])('refuses %j', async (change, field, words) => {
    await expectError(
      () => parseCorectConfig({ ...DATA, ...change }, 'm.yaml'),
      'EMO_CONFIG_INVALID',
      'm.yaml',
      field,
      words,
    )
  })

  it('lets one modality be any width', () => {
    expect(parseCorectConfig({ ...DATA, modalities: ['visual'], hidden: 101 }).hidden).toBe(101)
  })
})

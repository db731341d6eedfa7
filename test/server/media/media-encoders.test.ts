import { join } from 'node:path'
import { expect, test } from 'vitest'
import { arrangeColumns } from '../../../src/datasets/arrange-columns.ts'
import { createAudioEncoder } from '../../../src/encoders/audio/audio-encoder.ts'
import { loadCalibration } from '../../../src/encoders/audio/calibration.ts'
import { FUNCTIONAL_COLUMNS } from '../../../src/encoders/audio/functionals.ts'
import { VISUAL_COLUMNS } from '../../../src/encoders/visual/pooling.ts'
import { loadCheckpoint } from '../../../src/model/checkpoint.ts'
import { createMediaEncoders, type EncodedModel } from '../../../src/server/media/media-encoders.ts'
import { steadyVoice } from '../../support/sounds.ts'

const model = (changes: Partial<EncodedModel>): EncodedModel => ({
  modalities: ['text', 'audio', 'visual'],
  featureSizes: {},
  featureColumns: {},
  featureEncoders: {},
  ...changes,
})
const kinds = (changes: Partial<EncodedModel>): string => {
  const { audio, visual } = createMediaEncoders(model(changes))
  return [audio && 'audio', visual && 'visual'].filter(Boolean).join(' ')
}
const voice = steadyVoice(150, 0.6)

test('there are encoders for what the model takes and they make', () => {
  expect(kinds({ modalities: ['text'], featureSizes: { audio: 47, visual: 73 } })).toBe('')
  expect(kinds({ featureSizes: { audio: 47, visual: 73 } })).toBe('audio visual')
  expect(kinds({ featureSizes: { audio: 66, visual: 35 } })).toBe('')
  expect(kinds({ featureColumns: { audio: ['other', 'gemaps_silence'], visual: ['other'] } })).toBe('audio')
})

test('audio is on the scale that the model learned from, in its columns', () => {
  const wanted = ['gemaps_silence', 'of nobody', 'gemaps_mean_loudness']
  const made = (encoder?: string) => {
    const featureEncoders = encoder === undefined ? {} : { audio: encoder }
    const encoders = createMediaEncoders(model({ featureColumns: { audio: wanted }, featureEncoders }))
    const encoding = encoders.audio!.encode(voice)
    if (!('features' in encoding)) throw new Error(encoding.reason)
    return encoders.arrange('audio', encoding.features)
  }
  const expected = (calibrated: boolean) => {
    const encoding = createAudioEncoder(calibrated ? { calibration: loadCalibration() } : {}).encode(voice)
    if (!('features' in encoding)) throw new Error(encoding.reason)
    return arrangeColumns(encoding.features, FUNCTIONAL_COLUMNS, wanted)
  }
  expect(made()).toEqual(expected(true))
  expect(made('egemaps-v1-calibrated')).toEqual(expected(true))
  expect(made('egemaps-v1')).toEqual(expected(false))
  expect(Array.from(made()).map(Number.isNaN)).toEqual([false, true, false])
})

test('the shipped checkpoint hears and sees', async () => {
  const { model: config, features } = await loadCheckpoint(
    join(import.meta.dirname, '../../../models/emograph-iemocap6'),
  )
  const encoders = createMediaEncoders({
    modalities: config.modalities,
    featureSizes: config.featureSizes,
    featureColumns: { audio: features.audio?.columns ?? [], visual: features.visual?.columns ?? [] },
    featureEncoders: {},
  })
  expect(encoders.audio).toBeDefined()
  expect(encoders.visual).toBeDefined()
  const seen = encoders.arrange(
    'visual',
    Float32Array.from(VISUAL_COLUMNS, (_, k) => k),
  )
  expect(seen.length).toBe(config.featureSizes.visual)
  expect(seen.every((value) => Number.isFinite(value))).toBe(true)
})

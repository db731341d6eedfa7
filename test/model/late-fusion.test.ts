import * as tf from '@tensorflow/tfjs'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { makeBatch } from '../../src/model/batch.ts'
import { coreConfig, parseCorectConfig } from '../../src/model/config.ts'
import { createCorect } from '../../src/model/corect.ts'
import { withoutModality } from '../../src/model/prepare.ts'
import { useBackend } from '../../src/tensor/backend.ts'
import { randomConversation } from '../training/random-conversation.ts'
import { livelyModel } from './support.ts'

beforeAll(() => useBackend('wasm'))

const SIZES = { text: 8, audio: 3, visual: 4 }
const config = parseCorectConfig({
  ...{ modalities: ['text', 'audio', 'visual'], late: ['visual'], featureSizes: SIZES, labelSet: 'iemocap6' },
  ...{ hidden: 4, past: 2, future: 1, graphHeads: 2, textEncoderHeads: 2, textEncoderFeedForward: 8 },
  ...{ crossmodalLayers: 1, selfAttentionLayers: 1, speakerViews: [] },
})

/** Logits [N, C] of one conversation. */
function logitsOf(model: ReturnType<typeof createCorect>, conversation: ReturnType<typeof randomConversation>) {
  const batch = makeBatch([conversation], model.config)
  const { logits } = model.forward(batch, { mode: 'live' })
  const values = logits.arraySync()[0]!
  tf.dispose(logits)
  batch.dispose()
  return values
}

test('without its features the model is its core, with them each utterance has their own logits added, by itself', () => {
  const model = livelyModel(config, 3)
  const weights = model.exportWeights()
  const coreWeights = new Map([...weights].filter(([name]) => !name.startsWith('late.')))
  const core = createCorect(coreConfig(config), { weights: coreWeights })
  const at = (name: string, k: number) => weights.get(name)![k]!
  /** W_2 ReLU(W_1 x + b_1) + b_2, written out. */
  const said = (x: Float32Array): number[] => {
    const inner = Array.from({ length: 4 }, (_, j) =>
      Math.max(
        0,
        x.reduce(
          (sum, value, k) => sum + value * at('late.visual.inner.weight', k * 4 + j),
          at('late.visual.inner.bias', j),
        ),
      ),
    )
    return Array.from({ length: 6 }, (_, c) =>
      inner.reduce(
        (sum, value, j) => sum + value * at('late.visual.outer.weight', j * 6 + c),
        at('late.visual.outer.bias', c),
      ),
    )
  }
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(1000), fc.nat(63), fc.nat(63), (length, seed, seen, heard) => {
      const whole = randomConversation(SIZES, length, seed)
      const bits = (mask: number) => Array.from({ length }, (_, i) => (mask >> i) & 1)
      const [faces, words] = [bits(seen), bits(heard).map((bit, i) => bit || 1 - ((seen >> i) & 1))]
      const given = withoutModality(withoutModality(whole, 'visual', faces), 'text', words)
      const alone = withoutModality(given, 'audio', words)
      const blind = withoutModality(alone, 'visual', bits(0))
      const expected = logitsOf(core, blind)
      const actual = logitsOf(model, alone)
      for (let i = 0; i < length; i++) {
        const base = words[i] ? expected[i]! : Array.from(weights.get('late.prior')!)
        const extra = faces[i] ? said(whole.features.visual!.slice(4 * i, 4 * i + 4)) : Array(6).fill(0)
        for (let c = 0; c < 6; c++) expect(actual[i]![c]).toBeCloseTo(base[c]! + extra[c], 4)
      }
    }),
    { numRuns: 40 },
  )
  model.dispose()
  core.dispose()
})

test('a late modality is one of the model, and not all are late', () => {
  expect(() => parseCorectConfig({ ...config, late: ['text', 'audio', 'visual'] })).toThrow(/EMO_CONFIG_INVALID.*late/)
  expect(() => parseCorectConfig({ ...config, modalities: ['text'], late: ['visual'] })).toThrow(
    /EMO_CONFIG_INVALID.*late/,
  )
})

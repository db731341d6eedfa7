import * as tf from '@tensorflow/tfjs'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { makeBatch } from '../../src/model/batch.ts'
import { randomConversation } from '../../src/model/causality-cases.ts'
import type { CorectConfig } from '../../src/model/config.ts'
import { type Corect, createCorect } from '../../src/model/corect.ts'
import type { PreparedConversation } from '../../src/model/prepare.ts'
import { useBackend } from '../../src/tensor/backend.ts'
import { expectError } from '../support/errors.ts'
import { livelyModel, smallConfig, smallConfigs } from './support.ts'

beforeAll(async () => {
  await useBackend('cpu')
})

function logits(
  model: Corect,
  conversations: readonly PreparedConversation[],
  options: Parameters<Corect['forward']>[1] = { mode: 'offline' },
): number[] {
  const batch = makeBatch(conversations, model.config)
  const values = tf.tidy(() => Array.from(model.forward(batch, options).logits.dataSync()))
  batch.dispose()
  return values
}

describe('createCorect', () => {
  it('is the same for the same seed, and another for another', () => {
    const of = (seed: number) => createCorect(smallConfig(), { seed }).exportWeights()
    expect(of(1)).toEqual(of(1))
    expect(of(1).get('graph.rgcn.weight')).not.toEqual(of(2).get('graph.rgcn.weight'))
  })

  it('gives from exported weights what it gave, and refuses others', async () => {
    const model = livelyModel(smallConfig(), 4)
    const weights = model.exportWeights()
    const conversation = randomConversation(model.config, 5, 1)
    expect(logits(createCorect(model.config, { weights }), [conversation])).toEqual(logits(model, [conversation]))
    const make = (change: (weights: Map<string, Float32Array>) => void) => () => {
      const copy = new Map(weights)
      change(copy)
      return createCorect(model.config, { weights: copy })
    }
    await expectError(
      make((w) => w.delete('graph.rgcn.root')),
      'EMO_SHAPE_MISMATCH',
      'graph.rgcn.root',
      'no such',
    )
    await expectError(
      make((w) => w.set('more', new Float32Array(1))),
      'EMO_SHAPE_MISMATCH',
      'field more',
    )
    await expectError(
      make((w) => w.set('audio.inner.bias', new Float32Array(5))),
      'EMO_SHAPE_MISMATCH',
      '4 numbers',
    )
  })

  it('has the published number of parameters at the published size', () => {
    const config = smallConfig({
      featureSizes: { text: 768, audio: 100, visual: 512 },
      labelSet: 'iemocap6',
      hidden: 100,
      graphHeads: 7,
      crossmodalLayers: 2,
      selfAttentionLayers: 3,
      textEncoderLayers: 2,
      textEncoderHeads: 8,
      textEncoderFeedForward: 2048,
    })
    const model = createCorect(config, { seed: 1 })
    const count = [...model.variables].reduce(
      (sum, [name, { size }]) => sum + (name.startsWith('absent') ? 0 : size),
      0,
    )
    model.dispose()
    expect(count / 1e6).toBeCloseTo(17.7, 1)
  })
})

describe('forward', () => {
  it('is finite in value and gradient whatever is missing, and leaks no tensor', () => {
    fc.assert(
      fc.property(
        smallConfigs,
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
        fc.nat(),
        (config, lengths, seed) => {
          const before = tf.memory().numTensors
          const model = livelyModel(config, seed)
          const conversations = lengths.map((length, i) => stripped(randomConversation(config, length, seed + i), i))
          const batch = makeBatch(conversations, config)
          for (const mode of ['live', 'offline'] as const) {
            const { value, grads } = tf.variableGrads(() => {
              const out = model.forward(batch, { mode, training: { seed } })
              return out.logits.square().sum() as tf.Scalar
            })
            expect(Number.isFinite(value.dataSync()[0])).toBe(true)
            for (const gradient of Object.values(grads))
              expect(gradient.dataSync<'float32'>().every(Number.isFinite)).toBe(true)
            tf.dispose([value, grads])
            const { logits: out, trace } = model.forward(batch, { mode, trace: true })
            for (const tensor of Object.values({ out, ...trace }))
              expect(tensor.dataSync<'float32'>().every(Number.isFinite)).toBe(true)
            tf.dispose([out, trace])
          }
          batch.dispose()
          model.dispose()
          expect(tf.memory().numTensors).toBe(before)
        },
      ),
      { numRuns: 10 },
    )
  })

  it('takes nothing from the features of a missing modality, and all from those that are there', () => {
    const model = livelyModel(smallConfig(), 5)
    const whole = randomConversation(model.config, 5, 9)
    const absent = { ...whole, present: { ...whole.present, audio: Uint8Array.of(1, 0, 1, 0, 1) } }
    const noisy = { ...absent, features: { ...absent.features, audio: withNoise(absent.features.audio!, [1, 3], 3) } }
    const heard = { ...absent, features: { ...absent.features, audio: withNoise(absent.features.audio!, [2], 3) } }
    for (const mode of ['live', 'offline'] as const) {
      expect(logits(model, [noisy], { mode })).toEqual(logits(model, [absent], { mode }))
      expect(logits(model, [heard], { mode })).not.toEqual(logits(model, [absent], { mode }))
    }
  })

  it('labels a text-only conversation with the model of three modalities, by learned vectors for the others', () => {
    const model = livelyModel(smallConfig(), 6)
    const zeros = new Uint8Array(4)
    const whole = randomConversation(model.config, 4, 2)
    const textOnly = { ...whole, present: { text: zeros.map(() => 1), audio: zeros, visual: zeros } }
    const before = logits(model, [textOnly])
    const absent = model.variables.get('absent.graph.visual')!
    absent.assign(absent.add(1))
    expect(logits(model, [textOnly])).not.toEqual(before)
    expect(before.every(Number.isFinite)).toBe(true)
  })

  it('repeats a training pass for a seed, and reports statistics of the nodes that exist', () => {
    const config = smallConfig({ dropout: { crossmodalResidual: 0.2 } })
    const model = livelyModel(config, 7)
    const conversations = [randomConversation(config, 5, 1), randomConversation(config, 3, 2)]
    const run = (seed: number) => logits(model, conversations, { mode: 'live', training: { seed } })
    expect(run(1)).toEqual(run(1))
    expect(run(1)).not.toEqual(run(2))
    const batch = makeBatch(conversations, config)
    const { batchStatistics } = model.forward(batch, { mode: 'live', training: { seed: 1 } })
    const nodes = conversations.flatMap(({ present }) =>
      Object.values(present).map((there) => there.reduce((a, b) => a + b, 0)),
    )
    expect(batchStatistics!.count).toBe(nodes.reduce((a, b) => a + b, 0))
    const before = model.variables.get('graph.norm.runningMean')!.dataSync<'float32'>().slice()
    model.updateRunningStatistics([batchStatistics!])
    model.variables
      .get('graph.norm.runningMean')!
      .dataSync<'float32'>()
      .forEach((value, i) => {
        expect(value).toBeCloseTo(0.9 * before[i]! + 0.1 * batchStatistics!.mean[i]!, 5)
      })
  })

  it('reaches as far as its windows and its history say', () => {
    const reach = (change: Partial<CorectConfig>, mode: 'live' | 'offline'): number[] => {
      const model = livelyModel(smallConfig({ modalities: ['audio'], past: 1, future: 2, ...change }), 8)
      const whole = randomConversation(model.config, 9, 3)
      const plain = logits(model, [whole], { mode })
      const classes = plain.length / 9
      return Array.from({ length: 9 }, (_, i) => {
        const other = { ...whole, features: { audio: withNoise(whole.features.audio!, [i], 3) } }
        const moved = logits(model, [other], { mode })
        return moved.slice(4 * classes, 5 * classes).some((value, c) => value !== plain[4 * classes + c]) ? 1 : 0
      })
    }
    // Utterance 4, two graph layers of one utterance back and two ahead each; audio alone has no attention.
    expect(reach({}, 'offline')).toEqual([0, 0, 1, 1, 1, 1, 1, 1, 1])
    expect(reach({}, 'live')).toEqual([0, 0, 1, 1, 1, 0, 0, 0, 0])
    expect(reach({ past: 0 }, 'live')).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0])
  })
})

/** Missing more and more: all of the first there, the second text only where it is, the third without anything. */
function stripped(conversation: PreparedConversation, kind: number): PreparedConversation {
  const none = new Uint8Array(conversation.length)
  const present = Object.fromEntries(
    Object.entries(conversation.present).map(([m, there]) => [
      m,
      kind === 0 || (kind === 1 && m === 'text') ? there : none,
    ]),
  )
  return { ...conversation, present }
}

/** The features with the rows of some utterances moved. */
function withNoise(values: Float32Array, utterances: readonly number[], size: number): Float32Array {
  return values.map((value, k) => (utterances.includes(Math.floor(k / size)) ? value + 1 + (k % 3) : value))
}

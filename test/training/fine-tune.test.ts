import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { saveCheckpoint } from '../../src/model/checkpoint.ts'
import { parseCorectConfig } from '../../src/model/config.ts'
import { createCorect } from '../../src/model/corect.ts'
import { useBackend } from '../../src/tensor/backend.ts'
import { startingWeights } from '../../src/training/fine-tune.ts'
import { createStepRunner } from '../../src/training/step.ts'
import { expectError } from '../support/errors.ts'
import { randomConversation } from './random-conversation.ts'

const SIZES = { text: 8, audio: 3, visual: 4 }
const small = { featureSizes: SIZES, labelSet: 'iemocap6', hidden: 4, past: 1, future: 1, graphHeads: 2 } as const
const layers = { textEncoderHeads: 2, textEncoderFeedForward: 8, crossmodalLayers: 1, selfAttentionLayers: 1 } as const
const core = parseCorectConfig({ ...small, ...layers, modalities: ['text', 'audio'] })
const model = parseCorectConfig({ ...small, ...layers, modalities: ['text', 'audio', 'visual'], late: ['visual'] })
const statistics = (size: number, mean: number) => ({
  ...{ mean: Array(size).fill(mean), std: Array(size).fill(1), utterances: 1, imputed: Array(size).fill(0) },
})
const normalisation = { text: statistics(8, 1), audio: statistics(3, 2) }
const data = { model, normalisation: { ...normalisation, visual: statistics(4, 3) } }

let folder: string
let weights: Map<string, Float32Array>
beforeAll(async () => {
  await useBackend('wasm')
  folder = await mkdtemp(join(tmpdir(), 'emograph-fine-tune-'))
  const made = createCorect(core, { seed: 4 })
  weights = made.exportWeights()
  made.dispose()
  const parts = { name: 'core', model: core, features: {}, normalisation, metrics: {}, weights, card: () => '' }
  await saveCheckpoint(join(folder, 'seed-7'), parts)
})
afterAll(() => rm(folder, { recursive: true }))

const fineTune = (learn = ['late.']) => ({ from: join(folder, 'seed-{seed}'), learn })
const begin = (learn?: string[]) => startingWeights(data, fineTune(learn), 7)

test('begins with the weights of the checkpoint of its seed, and with those of the seed for the rest', async () => {
  const fresh = createCorect(model, { seed: 7 })
  const expected = fresh.exportWeights()
  fresh.dispose()
  for (const [name, values] of weights) expected.set(name, values)
  expect(await begin()).toEqual(expected)
})

test('refuses what would not be the same model: unlearned weights that are new, features that are scaled otherwise', async () => {
  await expectError(() => begin(['late.visual']), 'EMO_SHAPE_MISMATCH', 'late.prior')
  const other = { ...data, normalisation: { ...data.normalisation, audio: statistics(3, 5) } }
  await expectError(() => startingWeights(other, fineTune(), 7), 'EMO_CONFIG_INVALID', 'audio')
  await expectError(() => startingWeights(data, fineTune(), 8), 'EMO_CHECKPOINT_INVALID', 'seed-8')
})

test.each([1, 2] as const)(
  'with %i threads what is not learned stays bit for bit, what is learned does not',
  async (threads) => {
    const optimiser = { kind: 'adamw', weightDecay: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const
    const start = await begin()
    const runner = await createStepRunner({
      ...{ config: model, origin: { weights: start }, optimiser, threads, backend: 'wasm', learn: ['late.'] },
    })
    onTestFinished(() => runner.dispose())
    const batch = [5, 3, 4].map((length, i) => randomConversation(SIZES, length, i))
    const step = { mode: 'live', labelSmoothing: 0, modalityDropout: 0, learningRate: 0.05, clipNorm: 9 } as const
    const losses: number[] = []
    for (let seed = 0; seed < 12; seed++) losses.push((await runner.step(batch, { ...step, seed: 1 })).loss)
    expect(losses.at(-1)!).toBeLessThan(losses[0]!)
    for (const [name, values] of await runner.getWeights()) {
      if (name.startsWith('late.visual')) expect(values, name).not.toEqual(start.get(name))
      else if (name !== 'late.prior') expect(values, name).toEqual(start.get(name))
    }
  },
)

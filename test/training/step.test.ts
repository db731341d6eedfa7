import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { isEmographError } from '../../src/errors.ts'
import { parseCorectConfig } from '../../src/model/config.ts'
import { useBackend } from '../../src/tensor/backend.ts'
import { createStepRunner, type StepOptions, type StepRunner, type StepRunnerOptions } from '../../src/training/step.ts'
import { largestDifference } from '../tensor/kernels/against-cpu.ts'
import { randomConversation } from './random-conversation.ts'

beforeAll(() => useBackend('wasm'))

const SIZES = { text: 8, audio: 3 }
const NO_DROPOUT = { textEncoder: 0, classifier: 0 }
const configOf = (dropout: object = {}) =>
  parseCorectConfig({
    modalities: ['text', 'audio'],
    featureSizes: SIZES,
    labelSet: 'iemocap6',
    hidden: 6,
    past: 2,
    future: 3,
    graphHeads: 2,
    textEncoderHeads: 2,
    textEncoderFeedForward: 12,
    dropout,
  })
const OPTIMISER = { kind: 'adamw', weightDecay: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const
const OPTIONS: StepOptions = {
  mode: 'offline',
  labelSmoothing: 0.1,
  modalityDropout: 0,
  learningRate: 0.01,
  clipNorm: 1,
  seed: 5,
}
const BATCH = [5, 9, 3, 7].map((length, i) => randomConversation(SIZES, length, i))

async function runnerOf(options: Partial<StepRunnerOptions> = {}): Promise<StepRunner> {
  const runner = await createStepRunner({ config: configOf(), optimiser: OPTIMISER, backend: 'wasm', ...options })
  onTestFinished(() => runner.dispose())
  return runner
}

/** The largest difference of any weight. */
function weightDifference(a: ReadonlyMap<string, Float32Array>, b: ReadonlyMap<string, Float32Array>): number {
  expect([...a.keys()]).toEqual([...b.keys()])
  return Math.max(...[...a].map(([name, values]) => largestDifference(values, b.get(name)!)))
}

describe('createStepRunner', () => {
  test('learns: the loss of a batch falls', async () => {
    const runner = await runnerOf({ config: configOf(NO_DROPOUT) })
    const losses: number[] = []
    for (let step = 0; step < 15; step++) {
      losses.push((await runner.step(BATCH, { ...OPTIONS, modalityDropout: 0.1, seed: step })).loss)
    }
    expect(losses.at(-1)!).toBeLessThan(0.8 * losses[0]!)
  })

  test.each([1, 2] as const)(
    '%i threads: the same seed gives the same weights, another seed others',
    async (threads) => {
      const run = async (seed: number) => {
        const runner = await runnerOf({ threads })
        const options = { ...OPTIONS, modalityDropout: 0.3, seed }
        const first = await runner.step(BATCH, options)
        const second = await runner.step(BATCH, { ...options, mode: 'live' })
        return { first, second, weights: new Map(await runner.getWeights()) }
      }
      const [a, b, c] = [await run(1), await run(1), await run(2)]
      expect(a).toEqual(b)
      expect(weightDifference(a.weights, c.weights)).toBeGreaterThan(1e-4)
    },
  )

  // A conversation and its copies: the statistics of batch normalisation are the same for each part as for the whole.
  const copies = Array.from({ length: 4 }, () => BATCH[1]!)
  test.each([
    ['micro-batches', { utterancesPerMicroBatch: 10 }],
    ['two threads', { threads: 2 }],
    ['two threads with micro-batches', { threads: 2, utterancesPerMicroBatch: 10 }],
  ] as const)('%s give what the whole batch gives', async (_, parted) => {
    const config = configOf(NO_DROPOUT)
    const whole = await runnerOf({ config, utterancesPerMicroBatch: 1000 })
    const parts = await runnerOf({ config, ...parted })
    const options = { ...OPTIONS, classWeights: [1, 2, 0.5, 1, 1, 3] }
    for (let step = 0; step < 3; step++) {
      const [a, b] = [await whole.step(copies, options), await parts.step(copies, options)]
      expect(b.loss).toBeCloseTo(a.loss, 5)
      expect(b.gradientNorm).toBeCloseTo(a.gradientNorm, 4)
      expect(b.utterances).toBe(36)
    }
  })

  test('micro-batches give the gradients of the whole batch', async () => {
    const config = configOf(NO_DROPOUT)
    const [whole, parts] = [await runnerOf({ config }), await runnerOf({ config, utterancesPerMicroBatch: 10 })]
    for (const runner of [whole, parts]) await runner.step(copies, OPTIONS)
    // After one step the mean is a tenth of the clipped gradient. (Weights would not do: Adam makes a whole step of the
    // rounding error of a gradient that is 0, such as that of a key's bias.)
    const state = await parts.getOptimiserState()
    for (const [name, values] of await whole.getOptimiserState()) {
      if (name.startsWith('mean.')) expect(largestDifference(values, state.get(name)!), name).toBeLessThan(1e-6)
    }
  })

  test('the kernels change nothing: wasm and cpu give the same gradients and losses', async () => {
    const run = async (backend: 'wasm' | 'cpu') => {
      const runner = await runnerOf({ backend })
      const results = []
      for (const mode of ['live', 'offline'] as const) results.push(await runner.step(BATCH, { ...OPTIONS, mode }))
      return results
    }
    const [wasm, cpu] = [await run('wasm'), await run('cpu')]
    await useBackend('wasm')
    wasm.forEach((result, i) => {
      expect(result.loss).toBeCloseTo(cpu[i]!.loss, 4)
      expect(result.gradientNorm).toBeCloseTo(cpu[i]!.gradientNorm, 3)
    })
  })

  test('moves the running statistics of batch normalisation', async () => {
    const runner = await runnerOf()
    const before = (await runner.getWeights()).get('graph.norm.runningVariance')!
    await runner.step(BATCH, OPTIONS)
    const after = (await runner.getWeights()).get('graph.norm.runningVariance')!
    expect([...before]).toEqual(new Array(before.length).fill(1))
    expect(after.every((value) => value >= 0.9 && value !== 1)).toBe(true)
  })

  test.each([1, 2] as const)(
    '%i threads: goes on from saved weights and state as if never stopped',
    async (threads) => {
      const undisturbed = await runnerOf({ threads })
      await undisturbed.step(BATCH, OPTIONS)
      const saved = { weights: await undisturbed.getWeights(), state: await undisturbed.getOptimiserState() }
      const resumed = await runnerOf({ threads, origin: { seed: 99 } })
      await resumed.setWeights(saved.weights)
      await resumed.setOptimiserState(saved.state)
      const next = { ...OPTIONS, seed: 6 }
      expect(await resumed.step(BATCH, next)).toEqual(await undisturbed.step(BATCH, next))
      expect(await resumed.getWeights()).toEqual(await undisturbed.getWeights())
    },
  )

  test('a batch without a label changes nothing', async () => {
    const runner = await runnerOf()
    const before = await runner.getWeights()
    const unlabelled = { ...BATCH[0]!, labels: new Int32Array(BATCH[0]!.length).fill(-1) }
    expect(await runner.step([unlabelled], OPTIONS)).toEqual({ loss: 0, gradientNorm: 0, utterances: 0 })
    expect(await runner.getWeights()).toEqual(before)
  })

  test('keeps no tensor from step to step', async () => {
    const runner = await runnerOf({ utterancesPerMicroBatch: 10 })
    await runner.step(BATCH, OPTIONS)
    const { numTensors, numDataBuffers } = tf.memory()
    await runner.step(BATCH, OPTIONS)
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers })
  })

  test('a failure of the worker thread is told, and the next step works', async () => {
    const runner = await runnerOf({ threads: 2 })
    const broken = { ...BATCH[3]!, features: { text: new Float32Array(9999), audio: new Float32Array(1) } }
    await expect(runner.step([BATCH[1]!, broken], OPTIONS)).rejects.toThrow(/training thread failed/)
    expect((await runner.step(BATCH, OPTIONS)).loss).toBeGreaterThan(0)
  })

  test('weights of another model are refused by name', async () => {
    const runner = await runnerOf()
    const error = await runner.setWeights(new Map()).catch((caught: unknown) => caught)
    expect(isEmographError(error, 'EMO_SHAPE_MISMATCH')).toBe(true)
  })
})

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TrainConfigInput } from '../../src/training/config.ts'
import { parseTrainConfig } from '../../src/training/config-file.ts'
import { LOG_FILE, openRunLog } from '../../src/training/run-log.ts'
import { loadRunState, type RunState, saveRunState } from '../../src/training/run-state.ts'
import { type TrainedWeights, trainSeed } from '../../src/training/trainer.ts'
import { prepareTrainingData } from '../../src/training/training-data.ts'
import { createFakeRunner, type FakeRunner, fakeScores } from './fake-runner.ts'
import { syntheticConversations } from './synthetic.ts'
import { tinyConfig } from './tiny-config.ts'

const sizes = { text: 16, audio: 6 }
const { train, val: dev } = prepareTrainingData(
  tinyConfig(),
  syntheticConversations({ conversations: 40, sizes }),
).splits

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emograph-trainer-'))
})
afterAll(() => rm(folder, { recursive: true }))

interface Run {
  result: TrainedWeights
  runner: FakeRunner
  states: RunState[]
  stateFile: string
  log: string
}

/** Trains with the fake runner; `stopAfter` throws in the middle of the epoch after it, as a killed process would end. */
async function run(name: string, input: Partial<TrainConfigInput>, stopAfter?: number, scored = true): Promise<Run> {
  const config = parseTrainConfig({
    data: { path: 'x', labelSet: 'iemocap4' },
    optimiser: { learningRate: 0.05 },
    batchSize: 4,
    epochs: 8,
    patience: null,
    ...input,
  })
  const stateFile = join(folder, name, 'state.safetensors')
  const resumed = await loadRunState(stateFile)
  const runner = createFakeRunner(sizes.text, 4, 7)
  const states: RunState[] = []
  const log = await openRunLog(join(folder, name), resumed?.log, () => 0)
  const step: FakeRunner['step'] = async (batch, options) => {
    const last = states.at(-1)?.epoch ?? resumed?.epoch ?? 0
    if (last === stopAfter && runner.calls.length % 5 === 3) throw new Error('killed')
    return runner.step(batch, options)
  }
  const result = await trainSeed(
    {
      config,
      seed: 3,
      train,
      classWeights: undefined,
      runner: { ...runner, step },
      evaluate: async (weights, modes) =>
        new Map(scored ? modes.map((mode) => [mode, fakeScores(weights, dev, 4)]) : []),
      log,
      progress: { step: () => {}, epoch: () => {}, stop: () => {} },
      save: async (state) => {
        states.push(state)
        await saveRunState(stateFile, state)
      },
      run: 'this run',
    },
    resumed,
  )
  return { result, runner, states, stateFile, log: await readFile(join(folder, name, LOG_FILE), 'utf8') }
}

describe('trainSeed', () => {
  it('learns, and keeps the weights of the epoch with the best dev score', async () => {
    const { result, states, log } = await run('learns', {})
    expect(result.kept.score).toBeGreaterThan(0.6)
    expect(result.weights).toEqual(states[result.kept.epoch - 1]!.keptWeights)
    const epochs = log
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ event }) => event === 'epoch')
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(Math.max(...epochs.map((entry) => entry['dev/score']))).toBe(result.kept.score)
    expect(epochs.at(-1)['train/loss']).toBeLessThan(epochs[0]['train/loss'])
  })

  it.each([
    ['with an average of the weights', { weightAverage: 0.9 }],
    ['without one', { weightAverage: null }],
    ['on a plateau schedule', { schedule: { kind: 'plateau', patience: 1 } }],
    ['in live mode', { mode: 'live' }],
    ['with the last weights kept', { keep: 'last' }],
  ] satisfies [string, Partial<TrainConfigInput>][])(
    'ends the same when it was killed in mid-epoch and resumed, %s',
    async (name, input) => {
      const whole = await run(`whole ${name}`, input)
      await expect(run(`killed ${name}`, input, 3)).rejects.toThrow('killed')
      const resumed = await run(`killed ${name}`, input)
      expect(resumed.states[0]!.epoch).toBe(4)
      expect(resumed.result).toEqual(whole.result)
      expect(await readFile(resumed.stateFile)).toEqual(await readFile(whole.stateFile))
      expect(resumed.log).toBe(whole.log)
    },
  )

  it('keeps the last weights when told to', async () => {
    const { result, states } = await run('last', { keep: 'last', weightAverage: 0.9 })
    expect(result.kept.epoch).toBe(8)
    expect(result.kept.score).toBe(states.at(-1)!.score)
    expect(result.weights).toEqual(states.at(-1)!.average)
  })

  it('needs no dev split to keep the last weights', async () => {
    const { result, log } = await run('no dev', { keep: 'last' }, undefined, false)
    expect(result.kept).toEqual({ epoch: 8, score: null })
    expect(log).not.toContain('dev/')
  })

  it('gives the runner the rates of the schedule and another seed for each step', async () => {
    const { runner } = await run('calls', { schedule: { kind: 'cosine', warmup: 0.25, minimum: 0 } })
    expect(runner.calls.length).toBe(40)
    expect(new Set(runner.calls.map(({ seed }) => seed)).size).toBe(40)
    expect(new Set(runner.calls.map(({ mode }) => mode))).toEqual(new Set(['live', 'offline']))
    expect(Math.max(...runner.calls.map(({ learningRate }) => learningRate))).toBeCloseTo(0.05, 6)
    expect(runner.calls.at(-1)!.learningRate).toBeCloseTo(0, 6)
  })

  it('stops early, `patience` epochs after the best', async () => {
    const { result } = await run('patience', { epochs: 60, patience: 2, optimiser: { learningRate: 1e-9 } })
    expect(result.epochs).toBe(result.kept.epoch + 2)
  })

  it('says so when the loss is no longer a number', async () => {
    await expect(run('diverged', { optimiser: { learningRate: Number.MAX_VALUE } })).rejects.toMatchObject({
      code: 'EMO_TRAINING_DIVERGED',
    })
  })
})

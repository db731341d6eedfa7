import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadCheckpoint } from '../../src/model/checkpoint.ts'
import { useBackend } from '../../src/tensor/backend.ts'
import { evaluateWeights } from '../../src/training/evaluate.ts'
import { bestSeed } from '../../src/training/results.ts'
import { runTraining, type TrainingRun } from '../../src/training/run.ts'
import { prepareTrainingData } from '../../src/training/training-data.ts'
import { syntheticConversations } from './synthetic.ts'
import { tinyConfig } from './tiny-config.ts'

const silent = () => ({ step: () => {}, epoch: () => {}, stop: () => {} })

let folder: string
let run: TrainingRun
const config = () => tinyConfig({ out: join(folder, 'tiny'), epochs: 12, seeds: [1, 2] })
const data = () => prepareTrainingData(config(), syntheticConversations({ conversations: 48 }))

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emograph-learning-'))
  const { name } = await useBackend('cpu')
  run = await runTraining(config(), data(), { resume: false, backend: name, progress: silent })
})
afterAll(() => rm(folder, { recursive: true }))

it('learns from synthetic conversations, far above chance in both modes and from text alone', () => {
  // Four classes about as often as each other: chance is .25.
  for (const { split, mode, modalities, mean } of run.summary) {
    expect(mean, `${split} ${mode} ${modalities.join('+')}`).toBeGreaterThan(0.5)
  }
  expect(run.summary.map(({ split, mode, modalities }) => `${split} ${mode} ${modalities.join('+')}`)).toEqual([
    'val live text+audio',
    'val offline text+audio',
    'val live text',
    'val offline text',
    'test live text+audio',
    'test offline text+audio',
    'test live text',
    'test offline text',
  ])
})

it('leaves a checkpoint of the best seed that gives the very figures that were reported', async () => {
  const checkpoint = await loadCheckpoint(run.model)
  const best = bestSeed(run.results)
  expect(checkpoint.sha256).toBe(run.sha256)
  const again = evaluateWeights(checkpoint.model, checkpoint.weights, data().splits, {
    name: `seed ${best.seed}`,
    modes: checkpoint.modes,
  })
  expect(again).toEqual(best.evaluations)
})

it('writes a model card with the figures and the sum of the weights', async () => {
  const card = await readFile(join(run.model, 'README.md'), 'utf8')
  expect(card).toContain(run.sha256)
  for (const { mean, deviation } of run.summary) {
    expect(card).toContain(`| ${mean.toFixed(4)} | ${deviation.toFixed(4)} |`)
  }
  expect(card).toContain('| train | 24 |')
})

it('refuses to write over a run, and to resume one of another configuration', async () => {
  const options = { backend: 'cpu', progress: silent } as const
  await expect(runTraining(config(), data(), { ...options, resume: false })).rejects.toMatchObject({
    code: 'EMO_RUN_EXISTS',
  })
  const other = { ...config(), labelSmoothing: 0.3 }
  await expect(runTraining(other, data(), { ...options, resume: true })).rejects.toMatchObject({
    code: 'EMO_RUN_EXISTS',
  })
})

it('resuming a finished run changes nothing', async () => {
  const again = await runTraining(config(), data(), { resume: true, backend: 'cpu', progress: silent })
  expect(again.sha256).toBe(run.sha256)
  expect(again.summary).toEqual(run.summary)
})

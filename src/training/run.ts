import { mkdir, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { stringify } from 'yaml'
import { saveCheckpoint } from '../model/checkpoint.ts'
import type { BackendChoice } from '../tensor/backend.ts'
import { classNames, type TrainConfig, trainedModes } from './config.ts'
import { evaluationJson } from './evaluation.ts'
import { startingWeights } from './fine-tune.ts'
import { renderModelCard } from './model-card.ts'
import { createProgress, type ProgressOptions, type ProgressReporter } from './progress.ts'
import { bestSeed, type SeedResult, type SummaryRow, summarise } from './results.ts'
import { runIdentity } from './run-identity.ts'
import { runSeed } from './run-seed.ts'
import { createStepRunner } from './step.ts'
import type { TrainingData } from './training-data.ts'
import { labelledUtterances } from './utterance-loss.ts'
import type { NamedArrays } from './weight-average.ts'

export interface RunOptions {
  readonly resume: boolean
  /** The backend in use, and what a run's worker threads take. */
  readonly backend: BackendChoice
  readonly progress?: (options: ProgressOptions) => ProgressReporter
}

export interface TrainingRun {
  readonly results: readonly SeedResult[]
  readonly summary: readonly SummaryRow[]
  /** The folder of the kept model. */
  readonly model: string
  readonly sha256: string
}

/**
 * A whole training: each seed in its folder, then the model of the seed with the best dev score, its card with figures
 * over all seeds, and `results.json`. docs/configuration.md says what lies where.
 *
 * @throws what `runSeed` throws
 */
export async function runTraining(config: TrainConfig, data: TrainingData, options: RunOptions): Promise<TrainingRun> {
  const { out, fineTune } = config
  await mkdir(out, { recursive: true })
  await writeWhole(join(out, 'config.yaml'), stringify(config))
  const identity = runIdentity(config, data, options.backend)
  const results: SeedResult[] = []
  const weights = new Map<number, NamedArrays>()
  for (const seed of config.seeds) {
    const runner = await createStepRunner({
      config: data.model,
      origin: fineTune === null ? { seed } : { weights: await startingWeights(data, fineTune, seed) },
      learn: fineTune?.learn,
      optimiser: config.optimiser,
      threads: config.threads,
      backend: options.backend,
    })
    try {
      const folder = join(out, `seed-${seed}`)
      const { resume, progress = createProgress } = options
      const result = await runSeed({ config, data, seed, folder, resume, identity, runner, progress })
      results.push(result)
      weights.set(seed, result.weights)
      await saveModel(join(folder, 'model'), { config, data, results: [result], weights: result.weights })
    } finally {
      await runner.dispose()
    }
  }
  const best = bestSeed(results)
  const model = join(out, 'model')
  const { sha256 } = await saveModel(model, { config, data, results, weights: weights.get(best.seed)! })
  const summary = summarise(results)
  await writeWhole(join(out, 'results.json'), `${JSON.stringify(resultsJson(results, summary, sha256), null, 2)}\n`)
  return { results, summary, model, sha256 }
}

/** `results.json`: what `emograph train --json` prints. */
export function resultsJson(results: readonly SeedResult[], summary: readonly SummaryRow[], sha256: string): object {
  return {
    sha256,
    summary,
    seeds: results.map(({ seed, kept, epochs, evaluations }) => ({
      seed,
      kept,
      epochs,
      evaluations: evaluations.map(evaluationJson),
    })),
  }
}

interface SavedParts {
  readonly config: TrainConfig
  readonly data: TrainingData
  readonly results: readonly SeedResult[]
  readonly weights: NamedArrays
}

function saveModel(folder: string, { config, data, results, weights }: SavedParts): Promise<{ sha256: string }> {
  const name = basename(config.out)
  const parameters = [...weights.values()].reduce((sum, values) => sum + values.length, 0)
  const splits = (['train', 'val', 'test'] as const)
    .map((split) => ({
      split: split === 'train' && config.data.learnFromDev ? 'train + val' : split,
      conversations: data.splits[split].length,
      utterances: labelledUtterances(data.splits[split]),
    }))
    .filter(({ conversations }) => conversations > 0)
  return saveCheckpoint(folder, {
    name,
    modes: trainedModes(config.mode),
    model: data.model,
    features: data.features,
    normalisation: data.normalisation,
    metrics: { weighted_f1: summarise(results) },
    weights,
    card: (sha256) =>
      renderModelCard({ name, config, results, labels: classNames(config), splits, parameters, sha256 }),
  })
}

/** Writes a small file whole or not at all. */
async function writeWhole(file: string, content: string): Promise<void> {
  await writeFile(`${file}.tmp`, content)
  await rename(`${file}.tmp`, file)
}

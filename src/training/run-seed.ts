import { join } from 'node:path'
import { EmographError } from '../errors.ts'
import { batchesPerEpoch } from './batches.ts'
import { classNames, type TrainConfig, trainedModes } from './config.ts'
import { evaluateWeights, scoreWeights } from './evaluate.ts'
import { classCounts, classWeights } from './losses.ts'
import type { ProgressOptions, ProgressReporter } from './progress.ts'
import type { SeedResult } from './results.ts'
import { openRunLog } from './run-log.ts'
import { loadRunState, type RunState, saveRunState } from './run-state.ts'
import type { StepRunner } from './step.ts'
import { trainSeed } from './trainer.ts'
import type { TrainingData } from './training-data.ts'
import type { NamedArrays } from './weight-average.ts'

export interface SeedRun {
  readonly config: TrainConfig
  readonly data: TrainingData
  readonly seed: number
  /** The run's folder of this seed. */
  readonly folder: string
  readonly resume: boolean
  /** See `runIdentity`. */
  readonly identity: string
  readonly runner: StepRunner
  readonly progress: (options: ProgressOptions) => ProgressReporter
}

const STATE_FILE = 'state.safetensors'

/**
 * Trains with one seed in its folder, or goes on with what is there, and scores the kept weights.
 *
 * @throws EMO_RUN_EXISTS when the folder has a run and `resume` was not asked for, or one of something else
 */
export async function runSeed(run: SeedRun): Promise<SeedResult & { readonly weights: NamedArrays }> {
  const { config, data, seed, folder, runner } = run
  const file = join(folder, STATE_FILE)
  const resumed = await loadRunState(file)
  if (resumed !== undefined) requireSameRun(run, resumed, file)
  const { train, val } = data.splits
  const counts = classCounts(
    train.map(({ labels }) => labels),
    classNames(config).length,
  )
  const { kept, weights, epochs } = await trainSeed(
    {
      config,
      seed,
      train,
      classWeights: classWeights(config.classWeights, counts),
      runner,
      vary: data.vary,
      evaluate: async (given, modes) => (val.length === 0 ? new Map() : scoreWeights(data.model, given, val, modes)),
      log: await openRunLog(folder, resumed?.log),
      progress: run.progress({
        epochs: config.epochs,
        stepsPerEpoch: batchesPerEpoch(train.length, config.batchSize),
        done: resumed?.step ?? 0,
        label: `seed ${seed}`,
      }),
      save: (state) => saveRunState(file, state),
      run: run.identity,
    },
    resumed,
  )
  const options = { name: `seed ${seed}`, modes: trainedModes(config.mode) }
  return { seed, kept, epochs, weights, evaluations: evaluateWeights(data.model, weights, data.splits, options) }
}

function requireSameRun({ resume, identity }: SeedRun, state: RunState, file: string): void {
  if (!resume) {
    throw new EmographError('EMO_RUN_EXISTS', {
      file,
      expected: 'a folder without a run',
      got: `one of ${state.epoch} epochs`,
    })
  }
  if (state.run !== identity) {
    throw new EmographError('EMO_RUN_EXISTS', {
      file,
      expected: identity,
      got: `a run of ${state.run}`,
      fix: 'Resume with the configuration, data and backend that the run began with, or give another folder with --out.',
    })
  }
}

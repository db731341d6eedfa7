import type { Mode } from '../conversation/mode.ts'
import { EmographError } from '../errors.ts'
import type { PreparedConversation } from '../model/prepare.ts'
import { batchesPerEpoch, batchMode, epochBatches } from './batches.ts'
import { type TrainConfig, trainedModes } from './config.ts'
import { type BestEpoch, betterEpoch, shouldStop } from './early-stopping.ts'
import type { Scores } from './metrics.ts'
import type { ProgressReporter } from './progress.ts'
import { deriveSeed } from './rng.ts'
import type { RunLog } from './run-log.ts'
import type { RunState } from './run-state.ts'
import { afterEpoch, initialScheduleState, learningRateFactor } from './schedules.ts'
import type { StepRunner } from './step.ts'
import type { Variation } from './variation.ts'
import { copyArrays, type NamedArrays, updateAverage } from './weight-average.ts'

/** What the trainer is made of; tests put doubles in their place. */
export interface TrainerParts {
  readonly config: TrainConfig
  readonly seed: number
  readonly train: readonly PreparedConversation[]
  /** Loss weights [C], from the training split. */
  readonly classWeights: readonly number[] | undefined
  readonly runner: StepRunner
  /** What a batch goes through before each step; nothing when left away. */
  readonly vary?: Variation
  /** Dev scores of these weights in each of the modes; none where there is no dev split. */
  readonly evaluate: (weights: ReadonlyMap<string, Float32Array>, modes: readonly Mode[]) => Promise<Map<Mode, Scores>>
  readonly log: RunLog
  readonly progress: ProgressReporter
  /** Keeps the state after every epoch. */
  readonly save: (state: RunState) => Promise<void>
  /** What the run is of, kept in its state: see `runIdentity`. */
  readonly run: string
}

/** The epoch whose weights are kept, and its dev score; null when there is no dev split. */
export type KeptEpoch = Omit<BestEpoch, 'score'> & { readonly score: number | null }

/** What a finished run leaves. */
export interface TrainedWeights {
  readonly kept: KeptEpoch
  readonly weights: NamedArrays
  readonly epochs: number
}

/** Uses of the run's seed besides those of batches.ts. */
const STEP = 3
const VARIATION = 4

/**
 * Trains from the state on (from the beginning without one) to the last epoch or the early stop, and gives the weights
 * of the best dev epoch, or with `keep: last` of the last one. An epoch's score is the mean over the trained modes of dev
 * weighted F1.
 *
 * All chance comes from the seed and the place (epoch, step), and the state after an epoch holds all that was learned;
 * so a run that goes on from a saved state ends with the very weights of one that was never disturbed.
 *
 * @throws EMO_TRAINING_DIVERGED when a loss is no longer a number
 */
export async function trainSeed(parts: TrainerParts, resumed?: RunState): Promise<TrainedWeights> {
  const { config, runner } = parts
  let state = resumed ?? (await initialState(parts))
  await runner.setWeights(state.weights)
  await runner.setOptimiserState(state.optimiser)
  while (state.epoch < config.epochs && !isOver(config, state)) {
    state = await trainEpoch(parts, state)
    await parts.save(state)
  }
  parts.progress.stop()
  const kept = config.keep === 'last' ? { epoch: state.epoch, score: state.score } : state.best!
  return { kept, weights: state.keptWeights!, epochs: state.epoch }
}

function isOver(config: TrainConfig, state: RunState): boolean {
  return state.best !== null && shouldStop(state.best, state.epoch, config.patience)
}

async function initialState({ config, runner, log, run }: TrainerParts): Promise<RunState> {
  const weights = copyArrays(await runner.getWeights())
  return {
    run,
    epoch: 0,
    step: 0,
    best: null,
    score: null,
    schedule: initialScheduleState,
    log: await log.position(),
    weights,
    optimiser: copyArrays(await runner.getOptimiserState()),
    average: config.weightAverage === null ? undefined : copyArrays(weights),
    keptWeights: undefined,
  }
}

async function trainEpoch(parts: TrainerParts, before: RunState): Promise<RunState> {
  const { config, runner, log } = parts
  const epoch = before.epoch + 1
  const { step, average, meanLoss } = await trainSteps(parts, before, epoch)

  const evaluated = average ?? (await runner.getWeights())
  const scores = await parts.evaluate(evaluated, trainedModes(config.mode))
  const score = scores.size === 0 ? null : mean([...scores.values()].map((each) => each.weightedF1))
  const best = score === null ? null : betterEpoch(before.best, epoch, score)
  const isBest = best?.epoch === epoch
  const isKept = config.keep === 'last' || isBest
  await log.write({ event: 'epoch', epoch, step, values: { 'train/loss': meanLoss, ...devValues(scores, score) } })
  parts.progress.epoch(epochLine(epoch, config.epochs, meanLoss, scores, isBest))
  return {
    run: parts.run,
    epoch,
    step,
    best,
    score,
    schedule: score === null ? before.schedule : afterEpoch(config.schedule, before.schedule, score),
    log: await log.position(),
    weights: copyArrays(await runner.getWeights()),
    optimiser: copyArrays(await runner.getOptimiserState()),
    average,
    keptWeights: isKept ? copyArrays(evaluated) : before.keptWeights,
  }
}

/** All steps of one epoch. */
async function trainSteps(parts: TrainerParts, before: RunState, epoch: number) {
  const { config, seed, runner, log } = parts
  const totalSteps = config.epochs * batchesPerEpoch(parts.train.length, config.batchSize)
  const average = before.average === undefined ? undefined : copyArrays(before.average)
  const { batchSize, bucketBatches } = config
  let step = before.step
  let lossSum = 0
  let utterances = 0
  for (const [index, batch] of epochBatches(parts.train, { batchSize, bucketBatches, seed, epoch }).entries()) {
    const mode = batchMode(config, seed, epoch, index)
    const factor = learningRateFactor(config.schedule, before.schedule, step, totalSteps)
    const learningRate = config.optimiser.learningRate * factor
    const varied = parts.vary?.(batch, deriveSeed(seed, VARIATION, epoch, index)) ?? batch
    const result = await runner.step(varied, {
      mode,
      ...(parts.classWeights === undefined ? {} : { classWeights: parts.classWeights }),
      labelSmoothing: config.labelSmoothing,
      modalityDropout: config.modalityDropout,
      learningRate,
      clipNorm: config.optimiser.clipNorm,
      seed: deriveSeed(seed, STEP, epoch, index),
    })
    step++
    if (!Number.isFinite(result.loss)) {
      throw new EmographError('EMO_TRAINING_DIVERGED', { field: `epoch ${epoch}, step ${step}`, got: 'a loss of NaN' })
    }
    if (average !== undefined && config.weightAverage !== null) {
      updateAverage(average, await runner.getWeights(), config.weightAverage, step)
    }
    lossSum += result.loss * result.utterances
    utterances += result.utterances
    const values = { 'step/loss': result.loss, 'step/gradient_norm': result.gradientNorm, 'step/rate': learningRate }
    await log.write({ event: 'step', epoch, step, values })
    parts.progress.step({ epoch, step, loss: result.loss })
  }
  return { step, average, meanLoss: lossSum / Math.max(1, utterances) }
}

function devValues(scores: ReadonlyMap<Mode, Scores>, score: number | null): Record<string, number> {
  const each = [...scores].flatMap(([mode, { weightedF1, accuracy, macroF1, ece }]) => [
    [`dev/${mode}/weighted_f1`, weightedF1],
    [`dev/${mode}/accuracy`, accuracy],
    [`dev/${mode}/macro_f1`, macroF1],
    [`dev/${mode}/ece`, ece],
  ])
  return score === null ? {} : { 'dev/score': score, ...Object.fromEntries(each) }
}

function epochLine(
  epoch: number,
  epochs: number,
  loss: number,
  scores: ReadonlyMap<Mode, Scores>,
  isBest: boolean,
): string {
  const modes = [...scores].map(([mode, { weightedF1 }]) => `${mode} ${weightedF1.toFixed(4)}`)
  const dev = modes.length === 0 ? '' : `  dev weighted F1 ${modes.join('  ')}`
  const number = String(epoch).padStart(String(epochs).length)
  return `epoch ${number}/${epochs}  loss ${loss.toFixed(4)}${dev}${isBest ? '  best so far' : ''}`
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

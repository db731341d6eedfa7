import * as tf from '@tensorflow/tfjs'
import { EmographError } from '../errors.ts'
import type { BatchStatistics } from '../model/batch-norm.ts'
import { createAdam } from '../tensor/adam.ts'
import { betterEpoch } from '../training/early-stopping.ts'
import { lossAndGradients } from '../training/gradients.ts'
import type { ProgressReporter } from '../training/progress.ts'
import { createRng, deriveSeed, shuffled } from '../training/rng.ts'
import type { RunLog } from '../training/run-log.ts'
import type { RunState } from '../training/run-state.ts'
import { afterEpoch, initialScheduleState, learningRateFactor } from '../training/schedules.ts'
import { copyArrays } from '../training/weight-average.ts'
import type { RecogniserConfig } from './config.ts'
import { accuracyOf, type Judged } from './judge.ts'
import type { Network } from './networks/create-network.ts'
import { mixUp, softTarget, type Target } from './soft-targets.ts'

/** One training item, in forms (as it is, varied, scaled by person) of which every epoch draws one. */
export interface TrainingExample {
  readonly label: number
  readonly forms: readonly Float32Array[]
}

export interface FitParts {
  readonly config: RecogniserConfig
  readonly seed: number
  readonly network: Network
  readonly train: readonly TrainingExample[]
  /** Empty where everything is trained on: the last epoch is then kept. */
  readonly val: readonly Judged[]
  readonly classWeights: readonly number[] | undefined
  readonly log: RunLog
  readonly progress: ProgressReporter
  readonly save: (state: RunState) => Promise<void>
  /** Of what configuration, data and seed this is. */
  readonly run: string
}

export interface Fitted {
  readonly weights: Map<string, Float32Array>
  readonly epochs: number
  /** The kept epoch and its val accuracy, null without a val part. */
  readonly kept: { readonly epoch: number; readonly score: number | null }
}

/** Places of random draws, so that no two share a seed. */
const [ORDER, FORM, MIX, DROPOUT] = [1, 2, 3, 4] as const

export const stepsPerEpoch = (items: number, batchSize: number): number => Math.ceil(items / batchSize)

/**
 * Trains a network by AdamW, epoch by epoch, from its weights or from where an earlier run stopped. Every random draw
 * is of the seed, epoch and step, so that a resumed run ends with the weights of an undisturbed one.
 *
 * @throws EMO_TRAINING_DIVERGED
 */
export async function fitNetwork(parts: FitParts, resumed?: RunState): Promise<Fitted> {
  const { config, network, log, progress } = parts
  const trainable = new Map([...network.variables].filter(([, variable]) => variable.trainable))
  const adam = createAdam(trainable, {
    kind: 'adamw',
    weightDecay: config.optimiser.weightDecay,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-8,
  })
  let state: RunState = resumed ?? (await initialState(parts, adam.getState()))
  tf.tidy(() => {
    for (const [name, variable] of network.variables) {
      variable.assign(tf.tensor(state.weights.get(name)!, variable.shape))
    }
  })
  adam.setState(state.optimiser)
  const total = config.epochs * stepsPerEpoch(parts.train.length, config.batchSize)
  while (state.epoch < config.epochs) {
    const epoch = state.epoch + 1
    let step = state.step
    let lossSum = 0
    const batches = epochBatches(parts, epoch)
    for (const [index, batch] of batches.entries()) {
      const rate = config.optimiser.learningRate * learningRateFactor(config.schedule, state.schedule, step, total)
      const seed = deriveSeed(parts.seed, DROPOUT, epoch, index)
      const { loss, gradients, statistics } = batchGradients(network, trainable, batch, seed)
      if (!Number.isFinite(loss)) {
        throw new EmographError('EMO_TRAINING_DIVERGED', {
          field: `epoch ${epoch}, step ${step + 1}`,
          got: 'no number',
        })
      }
      adam.step(gradients, { learningRate: rate, clipNorm: config.optimiser.clipNorm })
      tf.dispose([...gradients.values()])
      network.updateStatistics(statistics)
      step += 1
      lossSum += loss
      progress.step({ epoch, step, loss })
    }
    const loss = lossSum / batches.length
    const score = parts.val.length === 0 ? null : accuracyOf(network, parts.val)
    const best = score === null ? null : betterEpoch(state.best, epoch, score)
    const keeps = config.keep === 'last' || best === null || best.epoch === epoch
    await log.write({
      event: 'epoch',
      epoch,
      step,
      values: { 'train/loss': loss, ...(score !== null && { 'val/accuracy': score }) },
    })
    const said =
      score === null ? '' : `  val accuracy ${score.toFixed(4)}${best?.epoch === epoch ? '  best so far' : ''}`
    progress.epoch(`epoch ${String(epoch).padStart(3)}/${config.epochs}  loss ${loss.toFixed(4)}${said}`)
    const weights = network.values()
    state = {
      run: parts.run,
      epoch,
      step,
      best,
      score,
      schedule: score === null ? state.schedule : afterEpoch(config.schedule, state.schedule, score),
      log: await log.position(),
      weights,
      optimiser: copyArrays(adam.getState()),
      average: undefined,
      keptWeights: keeps ? weights : state.keptWeights,
    }
    await parts.save(state)
  }
  progress.stop()
  adam.dispose()
  const kept = config.keep === 'best' && state.best !== null ? state.best : { epoch: state.epoch, score: state.score }
  return { weights: copyArrays(state.keptWeights!), epochs: state.epoch, kept }
}

async function initialState({ network, log, run }: FitParts, optimiser: Map<string, Float32Array>): Promise<RunState> {
  return {
    run,
    epoch: 0,
    step: 0,
    best: null,
    score: null,
    schedule: initialScheduleState,
    log: await log.position(),
    weights: network.values(),
    optimiser: copyArrays(optimiser),
    average: undefined,
    keptWeights: undefined,
  }
}

/** The batches of an epoch: every example once, in one of its forms. */
function* batchesOf({ config, seed, train, network, classWeights }: FitParts, epoch: number): Generator<Target[]> {
  const { labelSmoothing, batchSize, mixup } = config
  const order = shuffled(train, createRng(seed, ORDER, epoch))
  const forms = createRng(seed, FORM, epoch)
  const mixing = createRng(seed, MIX, epoch)
  for (let from = 0; from < order.length; from += batchSize) {
    const batch = order.slice(from, from + batchSize).map(
      (example): Target => ({
        input: example.forms[forms.integer(example.forms.length)]!,
        target: softTarget(example.label, network.sizes.classes, { labelSmoothing, classWeights }),
      }),
    )
    yield network.config.kind === 'lstm' ? batch : mixUp(batch, mixup, mixing)
  }
}

const epochBatches = (parts: FitParts, epoch: number): Target[][] => [...batchesOf(parts, epoch)]

/** Mean over the batch of Σ_c target_c (-log p_c), its gradients by name, and what batch normalisation saw. */
function batchGradients(
  network: Network,
  trainable: ReadonlyMap<string, tf.Variable>,
  batch: readonly Target[],
  seed: number,
) {
  const statistics = new Map<string, BatchStatistics>()
  const { loss, gradients } = lossAndGradients(trainable, () => {
    const logits = network.forward(
      batch.map(({ input }) => input),
      { seed, onStatistics: (layer, found) => statistics.set(layer, found) },
    )
    const targets = tf.stack(batch.map(({ target }) => tf.tensor1d(target)))
    return tf.logSoftmax(logits).mul(targets).sum<tf.Scalar>().div<tf.Scalar>(-batch.length)
  })
  return { loss, gradients, statistics }
}

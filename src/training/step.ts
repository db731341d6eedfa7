import * as tf from '@tensorflow/tfjs'
import type { Mode } from '../conversation/mode.ts'
import { EmographError } from '../errors.ts'
import type { CorectConfig } from '../model/config.ts'
import { type Corect, type CorectOrigin, createCorect } from '../model/corect.ts'
import type { PreparedConversation } from '../model/prepare.ts'
import { type AdamOptions, createAdam, setValues } from '../tensor/adam.ts'
import { type BackendChoice, useBackend } from '../tensor/backend.ts'
import { addGradients, computeGradients, type GradientJob, trainableVariables } from './gradients.ts'
import { planMicroBatches, utterancesPerMicroBatch } from './micro-batches.ts'
import { dropModalities, type ModalityDropout } from './modality-dropout.ts'
import { type GradientWorker, startGradientWorker } from './parallel.ts'
import { deriveSeed } from './rng.ts'
import { createSharedArrays, sharedViews } from './shared-arrays.ts'
import { type LossOptions, labelledUtterances, totalWeight } from './utterance-loss.ts'

export interface StepRunnerOptions {
  readonly config: CorectConfig
  /** Where the weights begin; seed 1 when left away. */
  readonly origin?: CorectOrigin
  readonly optimiser: AdamOptions
  /**
   * Beginnings of the names of the weights that are learned; everything when left away. The others stay bit for bit, the
   * running statistics of batch normalisation among them.
   */
  readonly learn?: readonly string[] | undefined
  /** Two: half of each batch is computed by a worker thread. */
  readonly threads?: 1 | 2
  readonly backend?: BackendChoice
  /** Most utterances, padding included, that go through the model at once; from the memory they need when left away. */
  readonly utterancesPerMicroBatch?: number
}

export interface StepOptions extends LossOptions {
  readonly mode: Mode
  /** See {@link dropModalities}. */
  readonly modalityDropout: ModalityDropout
  readonly learningRate: number
  /** The largest norm of the whole gradient. */
  readonly clipNorm: number
  /** All chance of the step comes from it: dropout and modality dropout. */
  readonly seed: number
}

export interface StepResult {
  /** Mean over the labelled utterances, each by its class weight. */
  readonly loss: number
  /** Before clipping. */
  readonly gradientNorm: number
  /** Labelled utterances of the batch. */
  readonly utterances: number
}

/** A model and its optimiser, changed one batch at a time. */
export interface StepRunner {
  step(conversations: readonly PreparedConversation[], options: StepOptions): Promise<StepResult>
  /** Every variable of the model, the running statistics of batch normalisation among them. Copies. */
  getWeights(): Promise<ReadonlyMap<string, Float32Array>>
  setWeights(weights: ReadonlyMap<string, Float32Array>): Promise<void>
  /** The optimiser's step count and moments. Copies. */
  getOptimiserState(): Promise<ReadonlyMap<string, Float32Array>>
  setOptimiserState(state: ReadonlyMap<string, Float32Array>): Promise<void>
  dispose(): Promise<void>
}

/** Uses of a step's seed. */
const MODALITIES = 1
const FORWARD = 2

/**
 * Training steps: modality dropout, forward, weighted cross-entropy, backward, clipping, Adam. The batch is cut into
 * micro-batches that bound the memory; their losses and gradients add up to the batch's own. The same seed, thread count
 * and backend give the same weights, bit for bit.
 *
 * @throws EMO_BACKEND_UNAVAILABLE for a backend that is not there, or for two threads on one that has only one a process
 * @example
 * const runner = await createStepRunner({ config, optimiser: { kind: 'adamw', weightDecay: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } })
 * const { loss } = await runner.step(batch, { mode: 'live', labelSmoothing: 0, modalityDropout: 0, learningRate: 3e-4, clipNorm: 1, seed: 1 })
 */
export async function createStepRunner(options: StepRunnerOptions): Promise<StepRunner> {
  const { config, origin = { seed: 1 }, threads = 1, learn } = options
  const { name: backend } = await useBackend(options.backend)
  if (threads > 1 && backend === 'node-gpu') {
    throw new EmographError('EMO_BACKEND_UNAVAILABLE', {
      field: 'threads',
      expected: '1 thread with the backend node-gpu',
      got: `${threads}`,
      fix: 'TensorFlow computes on the GPU from one thread; use threads 1, or another backend.',
    })
  }
  const model = createCorect(config, origin)
  const adam = createAdam(trainableVariables(model, learn), options.optimiser)
  const helper = threads === 1 ? undefined : await startHelper(model, backend, learn)
  const utterances = options.utterancesPerMicroBatch ?? utterancesPerMicroBatch(config, threads)

  return {
    async step(given, stepOptions) {
      const { modalityDropout, seed, mode, classWeights, labelSmoothing, learningRate, clipNorm } = stepOptions
      const total = totalWeight(given, stepOptions)
      if (total === 0) return { loss: 0, gradientNorm: 0, utterances: 0 }
      const conversations = dropModalities(given, modalityDropout, deriveSeed(seed, MODALITIES))
      const [own, other] = planMicroBatches(conversations, { threads, utterances }).map(
        (microBatches): GradientJob => ({
          microBatches,
          mode,
          total,
          seed: deriveSeed(seed, FORWARD),
          labelSmoothing,
          ...(classWeights === undefined ? {} : { classWeights }),
          ...(learn === undefined ? {} : { learn }),
        }),
      )
      const helped = other && other.microBatches.length > 0 ? helper?.compute(other) : undefined
      helped?.catch(() => {}) // awaited below; a failure here before that must not leave it unhandled
      const { gradients, loss, statistics } = computeGradients(model, own!)
      const rest = await helped
      if (rest !== undefined) addGradients(gradients, rest.gradients())

      const gradientNorm = adam.step(gradients, { learningRate, clipNorm })
      tf.dispose([...gradients.values()])
      if (learn === undefined) model.updateRunningStatistics([...statistics, ...(rest?.statistics ?? [])])
      helper?.publishWeights()
      return { loss: loss + (rest?.loss ?? 0), gradientNorm, utterances: labelledUtterances(given) }
    },
    getWeights: async () => model.exportWeights(),
    async setWeights(weights) {
      for (const [name, variable] of model.variables) setValues(variable, valuesOf(weights, name, variable.size))
      helper?.publishWeights()
    },
    getOptimiserState: async () => adam.getState(),
    setOptimiserState: async (state) => adam.setState(state),
    async dispose() {
      await helper?.dispose()
      adam.dispose()
      model.dispose()
    },
  }
}

function valuesOf(weights: ReadonlyMap<string, Float32Array>, name: string, size: number): Float32Array {
  const values = weights.get(name)
  if (values?.length === size) return values
  throw new EmographError('EMO_SHAPE_MISMATCH', {
    field: name,
    expected: `${size} numbers`,
    got: values === undefined ? 'none' : `${values.length}`,
  })
}

/** The worker thread and the memory that it shares with this one. */
async function startHelper(model: Corect, backend: Exclude<BackendChoice, 'auto'>, learn?: readonly string[]) {
  const sizes = (variables: Iterable<[string, tf.Variable]>) =>
    new Map([...variables].map(([name, variable]): [string, number] => [name, variable.size]))
  const weights = createSharedArrays(sizes(model.variables))
  const gradients = createSharedArrays(sizes(trainableVariables(model, learn)))
  const weightViews = sharedViews(weights)
  const gradientViews = sharedViews(gradients)
  const publishWeights = (): void => {
    for (const [name, variable] of model.variables) weightViews.get(name)!.set(variable.dataSync<'float32'>())
  }
  publishWeights()
  const worker: GradientWorker = await startGradientWorker({ config: model.config, backend, weights, gradients })
  return {
    publishWeights,
    async compute(job: GradientJob) {
      const result = await worker.compute(job)
      /** The worker's gradients as tensors of this thread. */
      const tensors = (): Map<string, tf.Tensor> =>
        new Map([...gradientViews].map(([name, view]) => [name, tf.tensor(view, model.variables.get(name)!.shape)]))
      return { ...result, gradients: tensors }
    },
    dispose: () => worker.dispose(),
  }
}

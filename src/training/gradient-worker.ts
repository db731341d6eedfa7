import { parentPort, workerData } from 'node:worker_threads'
import type * as tf from '@tensorflow/tfjs'
import type { CorectConfig } from '../model/config.ts'
import { type Corect, createCorect } from '../model/corect.ts'
import { setValues } from '../tensor/adam.ts'
import { type BackendName, useBackend } from '../tensor/backend.ts'
import { failureOf, type ThreadFailure } from '../worker-thread.ts'
import { computeGradients, type GradientJob, type GradientResult } from './gradients.ts'
import { type SharedArrays, sharedViews } from './shared-arrays.ts'

/** What the worker is started with. */
export interface WorkerSetup {
  readonly config: CorectConfig
  readonly backend: BackendName
  /** Every variable of the model, written by the main thread before each job. */
  readonly weights: SharedArrays
  /** The gradient of every trainable variable, written here before the answer. */
  readonly gradients: SharedArrays
}

/** The answer to one job, where its gradients are written; where it failed a `ThreadFailure`. */
export interface WorkerAnswer {
  readonly result: GradientResult
}

/** The second thread of data-parallel training: for each job it reads the weights, computes, writes the gradients. */
async function serve({ config, backend, weights, gradients }: WorkerSetup): Promise<void> {
  const port = parentPort!
  await useBackend(backend)
  const weightViews = sharedViews(weights)
  const gradientViews = sharedViews(gradients)
  const model = createCorect(config, { weights: weightViews })
  port.on('message', (job: GradientJob) => {
    port.postMessage(answer(model, job, weightViews, gradientViews))
  })
  port.postMessage('ready')
}

function answer(
  model: Corect,
  job: GradientJob,
  weights: ReadonlyMap<string, Float32Array>,
  gradients: ReadonlyMap<string, Float32Array>,
): WorkerAnswer | ThreadFailure {
  try {
    for (const [name, variable] of model.variables) setValues(variable, weights.get(name)!)
    const { gradients: computed, ...result } = computeGradients(model, job)
    for (const [name, view] of gradients) write(view, computed.get(name))
    return { result }
  } catch (error) {
    return failureOf(error)
  }
}

function write(view: Float32Array, gradient: tf.Tensor | undefined): void {
  if (gradient === undefined) {
    view.fill(0)
    return
  }
  view.set(gradient.dataSync<'float32'>())
  gradient.dispose()
}

await serve(workerData as WorkerSetup)

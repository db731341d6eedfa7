import * as tf from '@tensorflow/tfjs'
import type { Mode } from '../conversation/mode.ts'
import { makeBatch } from '../model/batch.ts'
import type { BatchStatistics } from '../model/batch-norm.ts'
import type { Corect } from '../model/corect.ts'
import { isLearned } from './fine-tune-config.ts'
import type { MicroBatch } from './micro-batches.ts'
import { deriveSeed } from './rng.ts'
import { type LossOptions, utteranceLoss } from './utterance-loss.ts'

/** What one thread does in one step; plain data, so that it can be sent to another thread. */
export interface GradientJob extends LossOptions {
  readonly microBatches: readonly MicroBatch[]
  readonly mode: Mode
  /** Σ of class weights over the labelled utterances of the whole batch, all threads' parts. */
  readonly total: number
  readonly seed: number
  /** Beginnings of the names of what is learned; everything when left away. */
  readonly learn?: readonly string[]
}

export interface GradientResult {
  /** This thread's part of the batch's loss. */
  readonly loss: number
  /** For the running statistics of batch normalisation, one a micro-batch. */
  readonly statistics: readonly BatchStatistics[]
}

/** The variables that are learned, in the order of the model's parameters; with `learn` those whose names begin so. */
export function trainableVariables(model: Corect, learn?: readonly string[]): Map<string, tf.Variable> {
  return new Map([...model.variables].filter(([name, variable]) => variable.trainable && isLearned(name, learn)))
}

/**
 * Loss and gradients of micro-batches, summed. Batch normalisation uses the statistics of each micro-batch, as
 * data-parallel training commonly does; everything else is as if the batch had gone through at once.
 *
 * @returns gradients by name, one for each trainable variable that the loss depends on; the caller disposes them
 */
export function computeGradients(
  model: Corect,
  job: GradientJob,
): GradientResult & { gradients: Map<string, tf.Tensor> } {
  const sums = new Map<string, tf.Tensor>()
  const statistics: BatchStatistics[] = []
  let loss = 0
  for (const microBatch of job.microBatches) {
    const part = microBatchGradients(model, microBatch, job)
    loss += part.loss
    if (part.statistics !== undefined) statistics.push(part.statistics)
    addGradients(sums, part.gradients)
  }
  return { loss, statistics, gradients: sums }
}

function microBatchGradients(model: Corect, { index, conversations }: MicroBatch, job: GradientJob) {
  const trainable = trainableVariables(model, job.learn)
  const batch = makeBatch(conversations, model.config)
  const training = { seed: deriveSeed(job.seed, index) }
  let statistics: BatchStatistics | undefined
  const { loss, gradients } = lossAndGradients(trainable, () => {
    const output = model.forward(batch, { mode: job.mode, training })
    statistics = output.batchStatistics
    return utteranceLoss(output.logits, batch.labels, job.total, job)
  })
  batch.dispose()
  return { loss, statistics, gradients }
}

/** The value of a loss and its gradients by name; a variable that it does not depend on has none. The caller disposes them. */
export function lossAndGradients(
  trainable: ReadonlyMap<string, tf.Variable>,
  compute: () => tf.Scalar,
): { loss: number; gradients: Map<string, tf.Tensor> } {
  const { value, grads } = tf.variableGrads(compute, [...trainable.values()])
  const loss = value.dataSync()[0]!
  value.dispose()
  const gradients = new Map<string, tf.Tensor>()
  for (const [name, variable] of trainable) {
    const gradient = grads[variable.name]
    if (gradient != null) gradients.set(name, gradient)
  }
  return { loss, gradients }
}

/** Adds gradients to sums, name by name; the sums own what they hold. */
export function addGradients(sums: Map<string, tf.Tensor>, gradients: ReadonlyMap<string, tf.Tensor>): void {
  for (const [name, gradient] of gradients) {
    const sum = sums.get(name)
    if (sum === undefined) {
      sums.set(name, gradient)
    } else {
      sums.set(name, tf.add(sum, gradient))
      tf.dispose([sum, gradient])
    }
  }
}

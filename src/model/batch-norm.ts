import * as tf from '@tensorflow/tfjs'
import type { Parameter, Weights } from '../crossmodal/parameters.ts'

/** What a training batch says about the running statistics: mean and unbiased variance [D] over `count` nodes. */
export interface BatchStatistics {
  readonly mean: Float32Array
  readonly variance: Float32Array
  readonly count: number
}

/** PyTorch's momentum: running = .9 running + .1 batch. */
const MOMENTUM = 0.1
const EPSILON = 1e-5

/**
 * Batch normalisation (Ioffe and Szegedy 2015) over the nodes that exist: (x - mean) / sqrt(var + 1e-5) * weight + bias.
 * x [K, D], a row a node, `nodes` [K, 1] 1 where the node exists. Evaluation: the running statistics. Training
 * (`onStatistics` given): the batch's mean and biased variance over the existing nodes, reported with the unbiased one.
 */
export function batchNorm(
  x: tf.Tensor2D,
  nodes: tf.Tensor2D,
  weights: Weights,
  onStatistics?: (statistics: BatchStatistics) => void,
): tf.Tensor2D {
  const scale = (mean: tf.Tensor, variance: tf.Tensor): tf.Tensor2D =>
    x
      .sub(mean)
      .mul(tf.rsqrt(variance.add(EPSILON)))
      .mul(weights('weight'))
      .add(weights('bias'))
  if (onStatistics === undefined) return scale(weights('runningMean'), weights('runningVariance'))

  const count = Math.max(1, nodes.sum().dataSync()[0]!)
  const mean = x.mul(nodes).sum(0).div(count)
  const variance = x.sub(mean).square().mul(nodes).sum(0).div(count)
  onStatistics({
    mean: mean.dataSync<'float32'>().slice(),
    variance: variance.dataSync<'float32'>().map((value) => (value * count) / Math.max(1, count - 1)),
    count,
  })
  return scale(mean, variance)
}

export function batchNormParameters(width: number): Parameter[] {
  return [
    { name: 'weight', shape: [width], initial: { constant: 1 } },
    { name: 'bias', shape: [width], initial: { constant: 0 } },
    { name: 'runningMean', shape: [width], initial: { constant: 0 }, trainable: false },
    { name: 'runningVariance', shape: [width], initial: { constant: 1 }, trainable: false },
  ]
}

/**
 * One step of the running statistics, from those of the parts (micro-batches, threads) of one training step:
 * each part weighs as many nodes as it has.
 */
export function updateRunningStatistics(
  running: { readonly mean: tf.Variable; readonly variance: tf.Variable },
  parts: readonly BatchStatistics[],
): void {
  const total = parts.reduce((sum, part) => sum + part.count, 0)
  if (total === 0) return
  const step = (variable: tf.Variable, key: 'mean' | 'variance'): void => {
    const next = variable.dataSync<'float32'>().map((value, column) => {
      const batch = parts.reduce((sum, part) => sum + (part[key][column]! * part.count) / total, 0)
      return (1 - MOMENTUM) * value + MOMENTUM * batch
    })
    tf.tidy(() => variable.assign(tf.tensor(next, variable.shape)))
  }
  step(running.mean, 'mean')
  step(running.variance, 'variance')
}

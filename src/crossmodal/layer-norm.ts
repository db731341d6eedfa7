import * as tf from '@tensorflow/tfjs'
import type { Parameter, Weights } from './parameters.ts'

/**
 * Layer normalisation (Ba et al. 2016) over the last axis: (x - mean) / sqrt(var + 1e-5) * weight + bias,
 * with the biased variance. x [..., d] -> [..., d].
 */
export function layerNorm<T extends tf.Tensor>(x: T, weights: Weights): T {
  const centred = tf.sub(x, tf.mean(x, -1, true))
  const variance = tf.mean(tf.square(centred), -1, true)
  return centred
    .mul(tf.rsqrt(variance.add(1e-5)))
    .mul(weights('weight'))
    .add(weights('bias')) as T
}

export function layerNormParameters(width: number): Parameter[] {
  return [
    { name: 'weight', shape: [width], initial: { constant: 1 } },
    { name: 'bias', shape: [width], initial: { constant: 0 } },
  ]
}

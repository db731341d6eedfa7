import * as tf from '@tensorflow/tfjs'
import { randomNumbers } from './random.ts'

/** Applies dropout at a rate; each call draws new numbers. Outside training it gives its input back. */
export type Dropout = <T extends tf.Tensor>(x: T, rate: number) => T

/** No dropout: labelling, evaluation. */
export const noDropout: Dropout = (x) => x

/**
 * Inverted dropout (Srivastava et al. 2014): an element is kept with probability 1 - rate and divided by it.
 * The numbers come from the seed alone, so a step is repeated exactly on any backend; the caller makes one for
 * each forward pass. (tf.dropout draws through a generator that is ten times slower.)
 */
export function createDropout(seed: number): Dropout {
  const random = randomNumbers(seed)
  return <T extends tf.Tensor>(x: T, rate: number): T => {
    if (rate === 0) return x
    const mask = new Float32Array(x.size)
    const threshold = rate * 2 ** 32
    const kept = 1 / (1 - rate)
    for (let i = 0; i < mask.length; i++) if (random() >= threshold) mask[i] = kept
    return tf.mul(x, tf.tensor(mask, x.shape)) as T
  }
}

import type * as tf from '@tensorflow/tfjs'
import { type Initialiser, type Parameter, torchDefault, type Weights } from './parameters.ts'

/**
 * y = x W + b over the last axis. `weight` is [in, out], `bias` [out] (PyTorch's weight is its transpose).
 * x [..., in] -> [..., out], of rank 2 to 4.
 */
export function linear<T extends tf.Tensor>(x: T, weights: Weights): T {
  const weight = weights('weight') as tf.Tensor2D
  const [inner, outer] = weight.shape
  const rows = x.reshape<tf.Tensor2D>([-1, inner])
  return rows
    .matMul(weight)
    .add(weights('bias'))
    .reshape([...x.shape.slice(0, -1), outer]) as T
}

/** Parameters of {@link linear}; PyTorch's default beginning unless another is given. */
export function linearParameters(
  inner: number,
  outer: number,
  weight: Initialiser = torchDefault(inner),
  bias: Initialiser = torchDefault(inner),
): Parameter[] {
  return [
    { name: 'weight', shape: [inner, outer], initial: weight },
    { name: 'bias', shape: [outer], initial: bias },
  ]
}

import * as tf from '@tensorflow/tfjs'
import type { Dropout } from '../crossmodal/dropout.ts'
import { linear, linearParameters } from '../crossmodal/linear.ts'
import { type Parameter, scope, type Weights, within } from '../crossmodal/parameters.ts'

/** Linear, ReLU, dropout, linear. x [B, N, F] -> logits [B, N, C]; the softmax is the caller's. */
export function classify(x: tf.Tensor3D, weights: Weights, rate: number, dropout: Dropout): tf.Tensor3D {
  const hidden = dropout(tf.relu(linear(x, scope(weights, 'inner'))), rate) // [B, N, d]
  return linear(hidden, scope(weights, 'outer'))
}

export function classifierParameters(inner: number, hidden: number, classes: number): Parameter[] {
  return [...within('inner', linearParameters(inner, hidden)), ...within('outer', linearParameters(hidden, classes))]
}

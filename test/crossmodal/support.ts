import * as tf from '@tensorflow/tfjs'
import { createVariables, initialValues, type Parameter, type Weights } from '../../src/crossmodal/parameters.ts'
import { randomNumbers } from '../../src/crossmodal/random.ts'
import type { Matrix, Values } from './reference.ts'

/** Parameters at random values, biases and norms too: for the tensor form and for the plain one. */
export function randomWeights(parameters: readonly Parameter[], seed: number): { weights: Weights; values: Values } {
  const varied = parameters.map((parameter) => ({ ...parameter, initial: { normal: 0.5 } }))
  const variables = createVariables(varied, (parameter) => initialValues(parameter, seed))
  return {
    weights: (name) => variables.get(name)!,
    values: (name) => ({ shape: variables.get(name)!.shape, data: variables.get(name)!.dataSync() }),
  }
}

/** [B, N, d] of normal numbers. */
export function randomTensor(shape: [number, number, number], seed: number): tf.Tensor3D {
  const parameter: Parameter = { name: 'x', shape, initial: { normal: 1 } }
  return tf.tensor3d(initialValues(parameter, seed), shape)
}

/** [B, N] of 0 and 1. */
export function randomFlags(batch: number, length: number, seed: number): tf.Tensor2D {
  const random = randomNumbers(seed)
  return tf
    .tensor2d(
      Array.from({ length: batch * length }, () => random() % 3 !== 0),
      [batch, length],
    )
    .toFloat()
}

export const rows = (x: tf.Tensor3D, b: number): Matrix => x.arraySync()[b]!

export function largestDifference(a: readonly Matrix[] | number[][][], b: readonly Matrix[]): number {
  return Math.max(...a.flat(2).map((value, k) => Math.abs(value - b.flat(2)[k]!)))
}

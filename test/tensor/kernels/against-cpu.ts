import * as tf from '@tensorflow/tfjs'
import '@tensorflow/tfjs-backend-wasm'
import { registerKernels } from '../../../src/tensor/kernels/register.ts'

/** The wasm backend with our kernels; call in beforeAll. */
export async function wasmWithKernels(): Promise<void> {
  await tf.setBackend('wasm')
  registerKernels()
}

/** Numbers that depend on the seed only, in (-1, 1), with exact zeros and equal values among them. */
export function numbers(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.round(Math.sin(i * 12.9898 + seed * 78.233) * 1000) / 1000)
}

export type Compute = (inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[]

/** What `compute` gives on a backend, and the gradient of a weighted sum of it in every input. */
export function run(backend: 'cpu' | 'wasm', shapes: number[][], compute: Compute, gradients = true): Float32Array[] {
  tf.setBackend(backend)
  return tf.tidy(() => {
    const inputs = shapes.map((shape, i) => tf.tensor(numbers(tf.util.sizeFromShape(shape), i), shape))
    const outputs = [compute(inputs)].flat()
    const results = outputs.map((output) => output.dataSync() as Float32Array)
    if (!gradients) return results
    const weighted = (...xs: tf.Tensor[]) =>
      tf.addN(
        [compute(xs)].flat().map((output, i) => {
          const weight = tf.tensor(numbers(output.size, 100 + i), output.shape)
          return output.mul(weight).sum()
        }),
      ) as tf.Scalar
    return [
      ...results,
      ...tf
        .grads(weighted)(inputs)
        .map((gradient) => gradient.dataSync() as Float32Array),
    ]
  })
}

/** The largest difference between wasm and cpu, relative to the largest number where that is above 1. */
export function difference(shapes: number[][], compute: Compute, gradients = true): number {
  const expected = run('cpu', shapes, compute, gradients)
  const got = run('wasm', shapes, compute, gradients)
  return Math.max(...expected.map((values, i) => largestDifference(values, got[i]!)))
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  let scale = 1
  let difference = 0
  for (let i = 0; i < a.length; i++) {
    scale = Math.max(scale, Math.abs(a[i]!))
    const d = Math.abs(a[i]! - b[i]!)
    if (!(d <= difference)) difference = Number.isNaN(d) ? Number.POSITIVE_INFINITY : d
  }
  return difference / scale
}

import * as tf from '@tensorflow/tfjs'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { layerNorm } from '../../src/crossmodal/layer-norm.ts'
import { createStreamingWeights, layerNormRow, relu, softmax } from '../../src/model/streaming-weights.ts'
import { randomVector } from './streaming-cases.ts'

const NOWHERE = new URL('file:///there-is-no-kernel-module-here.wasm')

beforeAll(async () => {
  await tf.setBackend('cpu')
})

function withVariables<T>(tensors: Record<string, tf.Tensor>, use: (variables: Map<string, tf.Variable>) => T): T {
  const variables = new Map(Object.entries(tensors).map(([name, tensor]) => [name, tf.variable(tensor)]))
  try {
    return use(variables)
  } finally {
    tf.dispose([...Object.values(tensors), ...variables.values()])
  }
}

test('products and linear layers equal tfjs, with the kernel module and without', () => {
  const size = fc.integer({ min: 1, max: 40 })
  fc.assert(
    fc.property(size, size, fc.integer({ min: 1, max: 4 }), fc.nat(10_000), (inner, outer, stack, seed) => {
      const values = {
        'layer.weight': tf.tensor2d(randomVector(inner * outer, seed), [inner, outer]),
        'layer.bias': tf.tensor1d(randomVector(outer, seed + 1)),
        stack: tf.tensor3d(randomVector(stack * inner * outer, seed + 2), [stack, inner, outer]),
      }
      const x = randomVector(inner, seed + 3)
      withVariables(values, (variables) => {
        const expected = tf.tidy(() => {
          const row = tf.tensor2d(x, [1, inner])
          const last = tf.slice(values.stack, [stack - 1, 0, 0], [1, inner, outer]).reshape<tf.Tensor2D>([inner, outer])
          return [
            tf.matMul(row, values['layer.weight']).add(values['layer.bias']).dataSync(),
            tf.matMul(row, last).dataSync(),
          ]
        })
        for (const kernels of [undefined, NOWHERE]) {
          const weights = createStreamingWeights(variables, kernels)
          const actual = [weights.linear(x, 'layer'), weights.product(x, 'stack', stack - 1)]
          actual.forEach((row, k) => {
            expect(row.length).toBe(outer)
            row.forEach((value, i) => {
              expect(Math.abs(value - expected[k]![i]!)).toBeLessThan(1e-4)
            })
          })
          // The bias was added to the result, not to the weights.
          expect(Array.from(weights.vector('layer.bias'))).toEqual(Array.from(values['layer.bias'].dataSync()))
        }
      })
    }),
    { numRuns: 30 },
  )
})

test('layer normalisation equals that of the batch form', () => {
  const x = randomVector(20, 5)
  const values = { 'norm.weight': tf.tensor1d(randomVector(20, 6)), 'norm.bias': tf.tensor1d(randomVector(20, 7)) }
  withVariables(values, (variables) => {
    const expected = tf.tidy(() =>
      layerNorm(tf.tensor2d(x, [1, 20]), (name) => variables.get(`norm.${name}`)!).dataSync(),
    )
    const actual = layerNormRow(x, createStreamingWeights(variables), 'norm')
    actual.forEach((value, i) => {
      expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-5)
    })
  })
})

test('an unknown name is refused, by name', () => {
  withVariables({ a: tf.scalar(1).reshape([1]) }, (variables) => {
    expect(() => createStreamingWeights(variables).vector('b')).toThrow('no parameter b')
  })
})

test('row arithmetic', () => {
  expect(Array.from(relu(Float32Array.of(-2, 3)))).toEqual([-0, 3])
  expect(Array.from(relu(Float32Array.of(-2, 3), 0.5))).toEqual([-1, 3])
  const shares = softmax(Float32Array.of(1000, 1000, -1000))
  expect(Array.from(shares)).toEqual([0.5, 0.5, 0])
})

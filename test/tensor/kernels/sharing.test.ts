import * as tf from '@tensorflow/tfjs'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { wasmWithKernels } from './against-cpu.ts'

beforeAll(wasmWithKernels)
beforeEach(() => void tf.setBackend('wasm'))

test.each([
  ['clone', (x: tf.Tensor) => x.clone()],
  ['cast to the same type', (x: tf.Tensor) => tf.cast(x, 'float32')],
])('%s shares the data, whichever is disposed first', (_, make) => {
  const before = tf.memory().numDataBuffers
  for (const originalFirst of [true, false]) {
    const x = tf.tensor1d([1, 2, 3])
    const copy = make(x)
    expect(tf.memory().numDataBuffers).toBe(before + 1)
    const [first, second] = originalFirst ? [x, copy] : [copy, x]
    first.dispose()
    const others = tf.tensor1d([9, 9, 9]) // would take the memory, had it been freed
    expect([...second.dataSync()]).toEqual([1, 2, 3])
    second.dispose()
    others.dispose()
    expect(tf.memory().numDataBuffers).toBe(before)
  }
})

test('a variable made of a tensor keeps its own value', () => {
  const x = tf.tensor1d([1, 2])
  const variable = tf.variable(x)
  const before = variable.clone()
  variable.assign(tf.tensor1d([3, 4]))
  expect([...x.dataSync()]).toEqual([1, 2])
  expect([...before.dataSync()]).toEqual([1, 2])
  expect([...variable.dataSync()]).toEqual([3, 4])
  tf.dispose([x, before, variable])
})

test('casts that change the type still convert', () => {
  expect([...tf.cast(tf.tensor1d([1.7, -2.2]), 'int32').dataSync()]).toEqual([1, -2])
  expect([...tf.cast(tf.tensor1d([true, false], 'bool'), 'float32').dataSync()]).toEqual([1, 0])
  expect(tf.tensor1d(['a']).clone().dataSync()).toEqual(['a'])
})

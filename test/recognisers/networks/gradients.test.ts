import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { convolution } from '../../../src/recognisers/networks/convolution.ts'
import { maxOver } from '../../../src/recognisers/networks/max-over.ts'
import { useBackend } from '../../../src/tensor/backend.ts'
import { createRng } from '../../../src/training/rng.ts'

beforeAll(async () => {
  await useBackend('auto')
})

const rng = createRng(9)
const random = (shape: number[]) => {
  const size = shape.reduce((product, length) => product * length, 1)
  return tf.tensor(
    Float32Array.from({ length: size }, () => 2 * rng.uniform() - 1),
    shape,
  )
}

/** Values and gradients of f and of g at the same inputs, weighted by the same random numbers, are equal. */
function expectSame(
  f: (...x: tf.Tensor[]) => tf.Tensor,
  g: (...x: tf.Tensor[]) => tf.Tensor,
  inputs: tf.Tensor[],
): void {
  const weight = random(f(...inputs).shape)
  const [ours, theirs] = [f, g].map((function_) => {
    const { value, grads } = tf.valueAndGrads((...x: tf.Tensor[]) =>
      function_(...x)
        .mul(weight)
        .sum(),
    )(inputs)
    return [value, ...grads].map((tensor) => tensor.dataSync())
  })
  ours!.forEach((values, k) => {
    values.forEach((value, at) => {
      expect(value).toBeCloseTo(theirs![k]![at]!, 3)
    })
  })
}

describe('convolution', () => {
  it.each([1, 3, 7])('of side %d has the value and gradients of gathered neighbourhoods', (kernel) => {
    const [batch, side, inner, outer] = [2, 6, 3, 4]
    const margin = (kernel - 1) / 2
    const gathered = (x: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor) => {
      const padded = x.pad([
        [0, 0],
        [margin, margin],
        [margin, margin],
        [0, 0],
      ])
      const places = Array.from({ length: kernel * kernel }, (_, k) =>
        padded.slice([0, Math.floor(k / kernel), k % kernel, 0], [batch, side, side, inner]).reshape([-1, inner]),
      )
      return tf.concat(places, 1).matMul(filter).add(bias).reshape([batch, side, side, outer])
    }
    const ours = (x: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor) =>
      convolution(x as tf.Tensor4D, kernel, (name) => (name === 'weight' ? filter : bias))
    expectSame(ours, gathered, [
      random([batch, side, side, inner]),
      random([kernel * kernel * inner, outer]),
      random([outer]),
    ])
  })
})

it('maxOver has the value and gradient of max', () => {
  expectSame(
    (x) => maxOver(x, 1),
    (x) => x.max(1, true),
    [random([3, 5, 4])],
  )
})

import * as tf from '@tensorflow/tfjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { createNetwork } from '../../../src/recognisers/networks/create-network.ts'
import { networkSchema } from '../../../src/recognisers/networks/network.ts'
import { useBackend } from '../../../src/tensor/backend.ts'
import { createRng } from '../../../src/training/rng.ts'
import { expectError } from '../../support/errors.ts'

beforeAll(async () => {
  await useBackend('auto')
})

const rng = createRng(3)
const numbers = (size: number) => Float32Array.from({ length: size }, () => 2 * rng.uniform() - 1)
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

/** One direction of an LSTM by plain loops, gates in the order input, forget, cell, output. */
function plainLstm(steps: number[][], values: ReadonlyMap<string, Float32Array>, prefix: string, hidden: number) {
  const [input, recurrent, bias] = ['input', 'recurrent', 'bias'].map((name) => values.get(`${prefix}.${name}`)!)
  let h = new Array<number>(hidden).fill(0)
  let c = [...h]
  return steps.map((x) => {
    const gate = (k: number) =>
      x.reduce((sum, value, row) => sum + value * input![row * 4 * hidden + k]!, 0) +
      h.reduce((sum, value, row) => sum + value * recurrent![row * 4 * hidden + k]!, 0) +
      bias![k]!
    const gates = Array.from({ length: 4 * hidden }, (_, k) => gate(k))
    c = c.map((old, k) => sigmoid(gates[hidden + k]!) * old + sigmoid(gates[k]!) * Math.tanh(gates[2 * hidden + k]!))
    h = c.map((cell, k) => sigmoid(gates[3 * hidden + k]!) * Math.tanh(cell))
    return h
  })
}

describe('lstm', () => {
  const [width, hidden] = [3, 4]
  const config = networkSchema.parse({ kind: 'lstm', hidden, longest: 20 })

  it('equals plain loops, whatever else is in the batch', () => {
    const network = createNetwork(config, { width, classes: 2 }, { seed: 5 })
    const values = network.values()
    const sequences = [7, 1, 12].map((length) => numbers(length * width))
    const logits = network.forward(sequences).arraySync()
    sequences.forEach((sequence, b) => {
      const steps = Array.from({ length: sequence.length / width }, (_, t) => [
        ...sequence.slice(t * width, t * width + width),
      ])
      const pooled = (['forward', 'backward'] as const).flatMap((direction) => {
        const ordered = direction === 'forward' ? steps : steps.toReversed()
        const outputs = plainLstm(ordered, values, direction, hidden)
        const columns = Array.from({ length: hidden }, (_, k) => outputs.map((output) => output[k]!))
        return [
          ...columns.map((column) => column.reduce((sum, value) => sum + value, 0) / column.length),
          ...columns.map((column) => Math.max(...column)),
        ]
      })
      const weight = values.get('output.weight')!
      for (let c = 0; c < 2; c += 1) {
        const expected = pooled.reduce(
          (sum, value, k) => sum + value * weight[k * 2 + c]!,
          values.get('output.bias')![c]!,
        )
        expect(logits[b]![c]).toBeCloseTo(expected, 5)
      }
    })
    network.dispose()
  })

  it('takes the middle of what is too long', () => {
    const network = createNetwork(config, { width, classes: 2 }, { seed: 5 })
    const long = numbers(30 * width)
    const middle = long.slice(5 * width, 25 * width)
    expect(network.forward([long]).arraySync()).toEqual(network.forward([middle]).arraySync())
    network.dispose()
  })
})

describe('cbam', () => {
  const config = networkSchema.parse({ kind: 'cbam', side: 8, channels: [3, 5], reduction: 2, dropout: 0 })

  it('equals the same network out of tfjs layers', () => {
    const network = createNetwork(config, { width: 1, classes: 3 }, { seed: 2 })
    const pictures = [numbers(64), numbers(64)]
    const values = network.values()
    const of = (name: string, shape: number[]) => tf.tensor(values.get(name)!, shape)
    const expected = tf.tidy(() => {
      let x = tf.stack(pictures.map((picture) => tf.tensor3d(picture, [8, 8, 1]))) as tf.Tensor4D
      const block = (name: string, inner: number, outer: number) => {
        x = tf.conv2d(x, of(`${name}.convolution.weight`, [3, 3, inner, outer]) as tf.Tensor4D, 1, 'same')
        x = x
          .add<tf.Tensor4D>(of(`${name}.convolution.bias`, [outer]))
          .div<tf.Tensor4D>(Math.sqrt(1 + 1e-5))
          .relu()
      }
      block('block0', 1, 3)
      x = tf.maxPool(x, 2, 2, 'valid')
      block('block1', 3, 5)
      const squeezed = values.get('block1.channel.down.bias')!.length
      const perceptron = (pooled: tf.Tensor) =>
        pooled
          .matMul(of('block1.channel.down.weight', [5, squeezed]))
          .add(of('block1.channel.down.bias', [squeezed]))
          .relu()
          .matMul(of('block1.channel.up.weight', [squeezed, 5]))
          .add(of('block1.channel.up.bias', [5]))
      x = x.mul(
        perceptron(x.mean([1, 2]))
          .add(perceptron(x.max([1, 2])))
          .sigmoid()
          .reshape([2, 1, 1, 5]),
      )
      const planes = tf.concat([x.mean(3, true), x.max(3, true)], 3) as tf.Tensor4D
      const attention = tf.conv2d(planes, of('block1.spatial.weight', [7, 7, 2, 1]) as tf.Tensor4D, 1, 'same')
      x = x.mul(attention.add(of('block1.spatial.bias', [1])).sigmoid())
      return x
        .mean([1, 2])
        .matMul(of('output.weight', [5, 3]))
        .add(of('output.bias', [3]))
    })
    const [ours, theirs] = [network.forward(pictures).dataSync(), expected.dataSync()]
    ours.forEach((value, k) => {
      expect(value).toBeCloseTo(theirs[k]!, 5)
    })
    network.dispose()
  })

  it('has a gradient for every learned parameter on this backend', () => {
    const network = createNetwork(config, { width: 1, classes: 3 }, { seed: 2 })
    const learned = [...network.variables.values()].filter(({ trainable }) => trainable)
    const layers: string[] = []
    const { grads } = tf.variableGrads(
      () =>
        network
          .forward([numbers(64), numbers(64)], { seed: 1, onStatistics: (layer) => layers.push(layer) })
          .square()
          .sum<tf.Scalar>(),
      learned,
    )
    expect(Object.keys(grads)).toHaveLength(learned.length)
    expect(layers).toEqual(['block0.norm', 'block1.norm'])
    network.dispose()
  })
})

it('weights of another network are refused by name', async () => {
  const config = networkSchema.parse({ kind: 'perceptron', hidden: [4] })
  const weights = createNetwork(config, { width: 3, classes: 2 }, { seed: 1 }).values()
  await expectError(
    () => createNetwork(config, { width: 5, classes: 2 }, { weights }),
    'EMO_SHAPE_MISMATCH',
    'hidden0.weight',
  )
})

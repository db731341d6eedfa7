import * as tf from '@tensorflow/tfjs'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { broadcastIndices } from '../../../src/tensor/kernels/mat-mul.ts'
import { difference, largestDifference, numbers, run, wasmWithKernels } from './against-cpu.ts'

beforeAll(wasmWithKernels)

const sizes = {
  m: fc.integer({ min: 1, max: 90 }),
  n: fc.integer({ min: 1, max: 40 }),
  k: fc.integer({ min: 1, max: 70 }),
}
const operand = (outer: number[], rows: number, columns: number, transposed: boolean) =>
  transposed ? [...outer, columns, rows] : [...outer, rows, columns]

test('products and their gradients are those of the cpu backend, for every transpose', () => {
  fc.assert(
    fc.property(
      fc.record({
        ...sizes,
        outer: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
        ta: fc.boolean(),
        tb: fc.boolean(),
      }),
      ({ m, n, k, outer, ta, tb }) => {
        const shapes = [operand(outer, m, k, ta), operand(outer, k, n, tb)]
        expect(difference(shapes, ([a, b]) => tf.matMul(a!, b!, ta, tb))).toBeLessThan(5e-6)
      },
    ),
    { numRuns: 60 },
  )
})

test('leading axes of size one are broadcast on either side', () => {
  const axis = fc.constantFrom<[number, number]>([1, 1], [1, 3], [2, 1], [2, 2])
  fc.assert(
    fc.property(
      fc.record({ ...sizes, axes: fc.array(axis, { minLength: 1, maxLength: 2 }), ta: fc.boolean(), tb: fc.boolean() }),
      ({ m, n, k, axes, ta, tb }) => {
        const shapes = [
          operand(
            axes.map((pair) => pair[0]),
            m,
            k,
            ta,
          ),
          operand(
            axes.map((pair) => pair[1]),
            k,
            n,
            tb,
          ),
        ]
        const outer = tf.broadcast_util.assertAndGetBroadcastShape(
          axes.map(([one]) => one),
          axes.map(([, two]) => two),
        )
        const whole = shapes.map((shape) => [...outer, ...shape.slice(-2)])
        // tfjs's cpu kernel does not broadcast both sides at once, so its operands are made whole first.
        const expected = run(
          'cpu',
          shapes,
          ([a, b]) => tf.matMul(a!.broadcastTo(whole[0]!), b!.broadcastTo(whole[1]!), ta, tb),
          false,
        )
        const got = run('wasm', shapes, ([a, b]) => tf.matMul(a!, b!, ta, tb), false)
        expect(largestDifference(expected[0]!, got[0]!)).toBeLessThan(5e-6)
      },
    ),
    { numRuns: 60 },
  )
})

test('blocks larger than one pass of the packing', () => {
  for (const [ta, tb] of [
    [false, false],
    [true, false],
    [false, true],
  ] as const) {
    const shapes = [operand([], 75, 260, ta), operand([], 260, 520, tb)]
    expect(difference(shapes, ([a, b]) => tf.matMul(a!, b!, ta, tb), false)).toBeLessThan(5e-6)
  }
})

test('an inner size of zero gives zeros, an outer one nothing', () => {
  expect(
    run(
      'wasm',
      [
        [2, 0],
        [0, 3],
      ],
      ([a, b]) => tf.matMul(a!, b!),
      false,
    ),
  ).toEqual([new Float32Array(6)])
  expect(
    run(
      'wasm',
      [
        [0, 2],
        [2, 3],
      ],
      ([a, b]) => tf.matMul(a!, b!),
      false,
    ),
  ).toEqual([new Float32Array(0)])
})

test('the fused product adds its bias and leaves other activations to tfjs', () => {
  for (const activation of ['linear', 'relu'] as const) {
    const compute = ([a, b, bias]: tf.Tensor[]) =>
      tf.fused.matMul({ a: a as tf.Tensor2D, b: b as tf.Tensor2D, bias: bias!, activation })
    expect(difference([[17, 9], [9, 13], [13]], compute)).toBeLessThan(5e-6)
  }
})

test('an optimiser may change a weight in place between two products', () => {
  tf.setBackend('wasm')
  tf.tidy(() => {
    const x = tf.ones([20, 8])
    const weight = tf.variable(tf.ones([8, 8]))
    expect(tf.matMul(x, weight).dataSync()[0]).toBe(8)
    weight.assign(tf.fill([8, 8], 2))
    expect(tf.matMul(x, weight).dataSync()[0]).toBe(16)
    weight.dispose()
  })
})

test('broadcast indices follow the axes', () => {
  expect(broadcastIndices([2, 1], [2, 3])).toEqual([0, 0, 0, 1, 1, 1])
  expect(broadcastIndices([3], [2, 3])).toEqual([0, 1, 2, 0, 1, 2])
})

test('a row comes out the same, bit for bit, alone, among few rows and among many', () => {
  tf.setBackend('wasm')
  tf.tidy(() => {
    const x = tf.tensor(numbers(60 * 700, 1), [60, 700])
    const weight = tf.tensor(numbers(700 * 90, 2), [700, 90])
    const last = (rows: number): Float32Array => {
      const product = tf.matMul(x.slice([60 - rows], [rows]), weight)
      return product.slice([rows - 1], [1]).dataSync<'float32'>()
    }
    const alone = last(1)
    for (const rows of [2, 5, 32, 33, 60]) expect(last(rows)).toEqual(alone)
    const twice = tf.matMul(x.slice([59], [1]).expandDims(0), tf.stack([weight, weight])).dataSync<'float32'>()
    expect(twice.slice(0, 90)).toEqual(alone)
  })
})

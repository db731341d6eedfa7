import * as tf from '@tensorflow/tfjs'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { difference, wasmWithKernels } from './against-cpu.ts'

beforeAll(wasmWithKernels)

const shape = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 })

test('split along any axis, and the gradient of concat', () => {
  fc.assert(
    fc.property(
      shape,
      fc.nat(),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 4 }),
      (given, at, sizes) => {
        const axis = at % given.length
        const whole = given.with(
          axis,
          sizes.reduce((sum, size) => sum + size),
        )
        expect(difference([whole], ([x]) => tf.split(x!, sizes, axis))).toBe(0)
        const parts = sizes.map((size) => given.with(axis, size))
        expect(difference(parts, (xs) => tf.concat(xs, axis))).toBe(0)
      },
    ),
    { numRuns: 60 },
  )
})

test('slices of any range of any axes', () => {
  fc.assert(
    fc.property(shape, fc.array(fc.nat(), { minLength: 8, maxLength: 8 }), (given, draws) => {
      const begin = given.map((size, axis) => draws[axis]! % size)
      const size = given.map((length, axis) => 1 + (draws[axis + 4]! % (length - begin[axis]!)))
      expect(difference([given], ([x]) => tf.slice(x!, begin, size))).toBe(0)
    }),
    { numRuns: 60 },
  )
  expect(difference([[3, 0, 2]], ([x]) => tf.slice(x!, [1, 0, 0], [2, 0, 1]), false)).toBe(0)
})

test('segment sums, and the gradient of gather', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -1, max: 5 }), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 9 }),
      (ids, width) => {
        const segments = ([x]: tf.Tensor[]) => tf.unsortedSegmentSum(x!, tf.tensor1d(ids, 'int32'), 6)
        expect(difference([[ids.length, width]], segments, false)).toBeLessThan(5e-6)
        const rows = ids.map((id) => Math.max(0, id))
        expect(difference([[6, width]], ([x]) => tf.gather(x!, tf.tensor1d(rows, 'int32')))).toBeLessThan(5e-6)
      },
    ),
    { numRuns: 30 },
  )
})

test('sums and means over any axes', () => {
  fc.assert(
    fc.property(shape, fc.integer({ min: 1, max: 15 }), fc.boolean(), (given, mask, keep) => {
      const axes = given.flatMap((_, axis) => (mask & (1 << axis) ? [axis] : []))
      expect(difference([given], ([x]) => tf.sum(x!, axes.length > 0 ? axes : undefined, keep))).toBeLessThan(5e-6)
      expect(difference([given], ([x]) => tf.mean(x!, axes.length > 0 ? axes : undefined, keep))).toBeLessThan(5e-6)
    }),
    { numRuns: 60 },
  )
  expect(difference([[3, 1000]], ([x]) => tf.sum(x!, -1))).toBeLessThan(5e-6)
  expect(difference([[1003, 37]], ([x]) => tf.mean(x!, 0))).toBeLessThan(5e-6)
})

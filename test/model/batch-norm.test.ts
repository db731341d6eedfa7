import * as tf from '@tensorflow/tfjs'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { createVariables, initialValues } from '../../src/crossmodal/parameters.ts'
import {
  type BatchStatistics,
  batchNorm,
  batchNormParameters,
  updateRunningStatistics,
} from '../../src/model/batch-norm.ts'
import { useBackend } from '../../src/tensor/backend.ts'

beforeAll(async () => {
  await useBackend('cpu')
})

const values = fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.boolean()), { minLength: 1, maxLength: 12 })

/** One column in training; what came out for the nodes, and what was reported. */
function train(rows: readonly (readonly [number, boolean])[]): { out: number[]; statistics: BatchStatistics } {
  const variables = createVariables(batchNormParameters(1), (parameter) => initialValues(parameter, 1))
  const x = tf.tensor2d(rows.map(([value]) => [value]))
  const nodes = tf.tensor2d(rows.map(([, there]) => [there ? 1 : 0]))
  let statistics: BatchStatistics | undefined
  const out = batchNorm(
    x,
    nodes,
    (name) => variables.get(name)!,
    (given) => (statistics = given),
  )
  return { out: Array.from(out.dataSync()), statistics: statistics! }
}

describe('batchNorm', () => {
  it('normalises by the nodes that exist and no others', () => {
    fc.assert(
      fc.property(values, (rows) => {
        const there = rows.filter(([, present]) => present).map(([value]) => value)
        fc.pre(there.length > 1)
        const mean = there.reduce((sum, value) => sum + value, 0) / there.length
        const squares = there.reduce((sum, value) => sum + (value - mean) ** 2, 0)
        const { out, statistics } = train(rows)
        expect(statistics.count).toBe(there.length)
        expect(statistics.mean[0]).toBeCloseTo(mean, 3)
        expect(statistics.variance[0]! / (squares / (there.length - 1) || 1)).toBeCloseTo(squares === 0 ? 0 : 1, 3)
        rows.forEach(([value], i) => {
          const expected = (value - mean) / Math.sqrt(squares / there.length + 1e-5)
          expect(Math.abs(out[i]! - expected)).toBeLessThan(1e-3 * (1 + Math.abs(expected)))
        })
      }),
    )
  })

  it('is finite for one node and for none', () => {
    for (const there of [true, false]) {
      const { out, statistics } = train([[3, there]])
      expect(Number.isFinite(out[0])).toBe(true)
      expect(Number.isFinite(statistics.variance[0])).toBe(true)
    }
  })

  it('evaluates by the running statistics', () => {
    const given: Record<string, number> = { weight: 2, bias: 1, runningMean: 3, runningVariance: 4 - 1e-5 }
    const out = batchNorm(tf.tensor2d([[7]]), tf.ones([1, 1]), (name) => tf.tensor1d([given[name]!]))
    expect(out.dataSync()[0]).toBeCloseTo(5, 5) // (7 - 3) / 2 * 2 + 1
  })
})

describe('updateRunningStatistics', () => {
  it('takes one step of .1 towards the parts, each weighing its nodes', () => {
    const running = { mean: tf.variable(tf.tensor1d([1])), variance: tf.variable(tf.tensor1d([2])) }
    updateRunningStatistics(running, [
      { mean: new Float32Array([4]), variance: new Float32Array([1]), count: 30 },
      { mean: new Float32Array([8]), variance: new Float32Array([5]), count: 10 },
    ])
    expect(running.mean.dataSync()[0]).toBeCloseTo(0.9 * 1 + 0.1 * 5, 6)
    expect(running.variance.dataSync()[0]).toBeCloseTo(0.9 * 2 + 0.1 * 2, 6)
    updateRunningStatistics(running, [])
    expect(running.mean.dataSync()[0]).toBeCloseTo(1.4, 6)
  })
})

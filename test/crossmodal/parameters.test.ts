import * as tf from '@tensorflow/tfjs'
import { describe, expect, it } from 'vitest'
import { initialValues, type Parameter, scope, torchDefault, within, xavier } from '../../src/crossmodal/parameters.ts'

const parameter = (initial: Parameter['initial'], name = 'w'): Parameter => ({ name, shape: [100, 80], initial })
const spread = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length)

describe('initialValues', () => {
  it('fills the ranges of the published beginnings', () => {
    const uniform = initialValues(parameter(torchDefault(25)), 1)
    expect(Math.max(...uniform)).toBeLessThanOrEqual(0.2)
    expect(Math.max(...uniform)).toBeGreaterThan(0.199)
    expect(Math.min(...uniform)).toBeLessThan(-0.199)
    expect(spread(uniform)).toBeCloseTo(0.2 / Math.sqrt(3), 2)
    expect(xavier(2, 4)).toEqual({ uniform: 1 })
    expect(spread(initialValues(parameter({ normal: 2 }), 1))).toBeCloseTo(2, 1)
    expect(new Set(initialValues(parameter({ constant: 1 }), 1))).toEqual(new Set([1]))
  })

  it('depends on seed and name only', () => {
    const values = (seed: number, name: string) => initialValues(parameter({ normal: 1 }, name), seed)
    expect(values(1, 'a')).toEqual(values(1, 'a'))
    expect(values(1, 'a')).not.toEqual(values(2, 'a'))
    const [a, b] = [values(1, 'a'), values(1, 'b')]
    const correlation = a.reduce((sum, value, i) => sum + value * b[i]!, 0) / a.length
    expect(Math.abs(correlation)).toBeLessThan(0.05)
  })
})

describe('scope and within', () => {
  it('agree on names', () => {
    const [inner] = within('a.b', within('c', [parameter({ constant: 0 })]))
    const found = scope(
      scope((name) => tf.scalar(name === inner!.name ? 1 : 0), 'a.b'),
      'c',
    )('w')
    expect(found.dataSync()[0]).toBe(1)
  })
})

import * as tf from '@tensorflow/tfjs'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { type AdamOptions, createAdam } from '../../src/tensor/adam.ts'
import { largestDifference, numbers, wasmWithKernels } from './kernels/against-cpu.ts'

beforeAll(wasmWithKernels)

const OPTIONS: AdamOptions = { kind: 'adamw', weightDecay: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }

/** torch.optim.Adam and AdamW in double precision, one number at a time, after torch.nn.utils.clip_grad_norm_. */
function reference(
  options: AdamOptions,
  learningRate: number,
  clipNorm: number,
  start: number[],
  gradients: number[][],
) {
  let [w, m, v] = [start, start.map(() => 0), start.map(() => 0)]
  gradients.forEach((given, index) => {
    const norm = Math.hypot(...given)
    const t = index + 1
    const clipped = given.map((value) => (norm > clipNorm ? (value * clipNorm) / norm : value))
    const g = clipped.map((value, i) => (options.kind === 'adam' ? value + options.weightDecay * w[i]! : value))
    m = m.map((value, i) => options.beta1 * value + (1 - options.beta1) * g[i]!)
    v = v.map((value, i) => options.beta2 * value + (1 - options.beta2) * g[i]! ** 2)
    w = w.map((value, i) => {
      const decayed = options.kind === 'adamw' ? value * (1 - learningRate * options.weightDecay) : value
      const denominator = Math.sqrt(v[i]!) / Math.sqrt(1 - options.beta2 ** t) + options.epsilon
      return decayed - (learningRate / (1 - options.beta1 ** t)) * (m[i]! / denominator)
    })
  })
  return w
}

const gradientAt = (size: number, step: number) => numbers(size, 10 + step)

function train(backend: 'cpu' | 'wasm', options: AdamOptions, size: number, steps: number, clipNorm: number) {
  tf.setBackend(backend)
  const variable = tf.variable(tf.tensor1d(numbers(size, 1)))
  const adam = createAdam(new Map([['w', variable]]), options)
  for (let step = 0; step < steps; step++) {
    const gradient = tf.tensor1d(gradientAt(size, step))
    adam.step(new Map([['w', gradient]]), { learningRate: 0.01, clipNorm })
    gradient.dispose()
  }
  const values = variable.dataSync() as Float32Array
  adam.dispose()
  variable.dispose()
  return values
}

describe('createAdam', () => {
  test.each(['cpu', 'wasm'] as const)('on %s follows torch.optim, whatever size and clipping', (backend) => {
    fc.assert(
      fc.property(
        fc.constantFrom<AdamOptions['kind']>('adam', 'adamw'),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(0.1, 1e9),
        (kind, size, clipNorm) => {
          const options = { ...OPTIONS, kind, weightDecay: 0.1 }
          const gradients = [0, 1, 2, 3].map((step) => [...gradientAt(size, step)])
          const expected = reference(options, 0.01, clipNorm, [...numbers(size, 1)], gradients)
          expect(largestDifference(expected, train(backend, options, size, 4, clipNorm))).toBeLessThan(2e-6)
        },
      ),
      { numRuns: 30 },
    )
  })

  test('tells the norm of all gradients together, before clipping', () => {
    for (const backend of ['cpu', 'wasm']) {
      tf.setBackend(backend)
      const variables = new Map([3, 5].map((size) => [`v${size}`, tf.variable(tf.zeros([size]))]))
      const adam = createAdam(variables, OPTIONS)
      const gradients = new Map([...variables].map(([name, variable]) => [name, tf.fill(variable.shape, 2)]))
      expect(adam.step(gradients, { learningRate: 0.1, clipNorm: 1 })).toBeCloseTo(Math.sqrt(32), 5)
      expect([...gradients.get('v3')!.dataSync()]).toEqual([2, 2, 2])
    }
  })

  test('goes on from a saved state as if never stopped', () => {
    tf.setBackend('wasm')
    const gradient = tf.tensor1d(gradientAt(9, 0))
    const whole = tf.variable(tf.tensor1d(numbers(9, 1)))
    const first = createAdam(new Map([['w', whole]]), OPTIONS)
    const gradients = new Map([['w', gradient]])
    first.step(gradients, { learningRate: 0.1, clipNorm: 1 })
    const resumed = tf.variable(whole.clone())
    const second = createAdam(new Map([['w', resumed]]), OPTIONS)
    second.setState(first.getState())
    first.step(gradients, { learningRate: 0.1, clipNorm: 1 })
    second.step(gradients, { learningRate: 0.1, clipNorm: 1 })
    expect(resumed.dataSync()).toEqual(whole.dataSync())
    expect([...first.getState().keys()]).toEqual(['step', 'mean.w', 'square.w'])
    expect(() => second.setState(new Map())).toThrow(/step/)
  })

  test('writes in place, but never to data that another tensor shares', () => {
    tf.setBackend('wasm')
    const start = tf.tensor1d([1, 2, 3])
    const variable = tf.variable(start)
    const copy = variable.clone()
    const adam = createAdam(new Map([['w', variable]]), OPTIONS)
    const gradients = new Map([['w', tf.ones([3])]])
    adam.step(gradients, { learningRate: 0.1, clipNorm: 9 })
    expect([...start.dataSync()]).toEqual([1, 2, 3])
    expect([...copy.dataSync()]).toEqual([1, 2, 3])
    const { dataId } = variable
    adam.step(gradients, { learningRate: 0.1, clipNorm: 9 })
    expect(variable.dataId).toBe(dataId)
    expect(variable.dataSync()[0]).toBeLessThan(0.9)
  })

  test("tfjs's own kernels see the change: they forget the weights that they packed", () => {
    tf.setBackend('wasm')
    const weight = tf.variable(tf.ones([8, 8])) as tf.Variable<tf.Rank.R2>
    const x = tf.ones<tf.Rank.R2>([20, 8])
    const fused = () => tf.tidy(() => tf.fused.matMul({ a: x, b: weight, activation: 'relu' }).dataSync()[0]!)
    const plain = () => tf.tidy(() => tf.matMul(x, weight).dataSync()[0]!)
    const adam = createAdam(new Map([['w', weight as tf.Variable]]), { ...OPTIONS, weightDecay: 0 })
    expect([fused(), plain()]).toEqual([8, 8])
    adam.step(new Map([['w', tf.ones([8, 8])]]), { learningRate: 0.5, clipNorm: 99 })
    expect(fused()).toBeCloseTo(4, 4)
    expect(plain()).toBeCloseTo(4, 4)
  })

  test('refuses a gradient that belongs to no variable', () => {
    const adam = createAdam(new Map(), OPTIONS)
    expect(() => adam.step(new Map([['x', tf.ones([1])]]), { learningRate: 1, clipNorm: 1 })).toThrow(/x/)
  })
})

import * as tf from '@tensorflow/tfjs'
import { randomNumbers, seedFor } from './random.ts'

/** How a parameter begins: constant, uniform in (-bound, bound), normal of a deviation, or with values of its own. */
export type Initialiser =
  | { readonly constant: number }
  | { readonly uniform: number }
  | { readonly normal: number }
  | { readonly values: readonly number[] }

/** One learned tensor (or, with `trainable` false, one running statistic): its name in checkpoints, shape and beginning. */
export interface Parameter {
  readonly name: string
  readonly shape: readonly number[]
  readonly initial: Initialiser
  readonly trainable?: false
}

/** Parameters by their full name. Layers read theirs through {@link scope}. */
export type Weights = (name: string) => tf.Tensor

/** The weights below a prefix: `scope(weights, 'text')('projection.weight')` is `weights('text.projection.weight')`. */
export function scope(weights: Weights, prefix: string): Weights {
  return (name) => weights(`${prefix}.${name}`)
}

/** The parameters of a layer, named below a prefix. */
export function within(prefix: string, parameters: readonly Parameter[]): Parameter[] {
  return parameters.map((parameter) => ({ ...parameter, name: `${prefix}.${parameter.name}` }))
}

/** Bound of Glorot's uniform initialisation: sqrt(6 / (fanIn + fanOut)). */
export function xavier(fanIn: number, fanOut: number): Initialiser {
  return { uniform: Math.sqrt(6 / (fanIn + fanOut)) }
}

/** PyTorch's default for nn.Linear, weight and bias: uniform in ±1/sqrt(fanIn). */
export function torchDefault(fanIn: number): Initialiser {
  return { uniform: 1 / Math.sqrt(fanIn) }
}

/** Numbers from a seed, the same on every backend and machine. Each parameter has its own stream (seed and name). */
export function initialValues(parameter: Parameter, seed: number): Float32Array {
  const values = new Float32Array(parameter.shape.reduce((product, size) => product * size, 1))
  const { initial } = parameter
  if ('constant' in initial) return values.fill(initial.constant)
  if ('values' in initial) return Float32Array.from(initial.values)
  const random = randomNumbers(seedFor(seed, parameter.name))
  const uniform = () => random() / 2 ** 32
  if ('uniform' in initial) return values.map(() => (2 * uniform() - 1) * initial.uniform)
  return values.map(() => initial.normal * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()))
}

/** tf variables for the parameters: given values where `values` has them, else initial ones. */
export function createVariables(
  parameters: readonly Parameter[],
  valuesOf: (parameter: Parameter) => Float32Array,
): Map<string, tf.Variable> {
  return new Map(
    parameters.map((parameter) => {
      const initial = tf.tensor(valuesOf(parameter), [...parameter.shape], 'float32')
      const variable = tf.variable(initial, parameter.trainable !== false)
      initial.dispose()
      return [parameter.name, variable]
    }),
  )
}

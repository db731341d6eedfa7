import * as tf from '@tensorflow/tfjs'
import { createDropout } from '../../crossmodal/dropout.ts'
import { createVariables, initialValues, type Weights } from '../../crossmodal/parameters.ts'
import { EmographError } from '../../errors.ts'
import { type BatchStatistics, updateRunningStatistics } from '../../model/batch-norm.ts'
import { cbam } from './cbam.ts'
import { lstm } from './lstm.ts'
import type { Architecture, NetworkConfig, NetworkSizes } from './network.ts'
import { perceptron } from './perceptron.ts'

export interface Network {
  readonly config: NetworkConfig
  readonly sizes: NetworkSizes
  readonly architecture: Architecture
  readonly variables: ReadonlyMap<string, tf.Variable>
  /**
   * Logits [B, C] of examples: vectors [F], sequences [T * D] or pictures [side²], as the kind of network takes. In
   * training, dropout draws from the seed and batch normalisation takes the batch's statistics, which it reports.
   */
  forward(
    examples: readonly Float32Array[],
    training?: { readonly seed: number; onStatistics(layer: string, statistics: BatchStatistics): void },
  ): tf.Tensor2D
  /** One step of the running statistics of every batch normalisation. */
  updateStatistics(statistics: ReadonlyMap<string, BatchStatistics>): void
  /** The values of every parameter. */
  values(): Map<string, Float32Array>
  dispose(): void
}

export const architectureOf = (config: NetworkConfig, sizes: NetworkSizes): Architecture => {
  if (config.kind === 'perceptron') return perceptron(config, sizes)
  return config.kind === 'lstm' ? lstm(config, sizes) : cbam(config, sizes)
}

/**
 * A network with weights from a seed, or given ones.
 * @throws EMO_SHAPE_MISMATCH when given weights are not those of the network
 */
export function createNetwork(
  config: NetworkConfig,
  sizes: NetworkSizes,
  origin: { readonly seed: number } | { readonly weights: ReadonlyMap<string, Float32Array> },
): Network {
  const architecture = architectureOf(config, sizes)
  if ('weights' in origin) requireWeights(architecture, origin.weights)
  const variables = createVariables(architecture.parameters, (parameter) =>
    'weights' in origin ? origin.weights.get(parameter.name)! : initialValues(parameter, origin.seed),
  )
  const weights: Weights = (name) => {
    const variable = variables.get(name)
    if (variable === undefined) throw new Error(`the network has no parameter ${name}`)
    return variable
  }
  return {
    config,
    sizes,
    architecture,
    variables,
    forward(examples, training) {
      const pass = training && { dropout: createDropout(training.seed), onStatistics: training.onStatistics }
      return tf.tidy(() => architecture.logits(weights, examples, pass))
    },
    updateStatistics(statistics) {
      for (const [layer, batch] of statistics) {
        const mean = variables.get(`${layer}.runningMean`)!
        updateRunningStatistics({ mean, variance: variables.get(`${layer}.runningVariance`)! }, [batch])
      }
    },
    values: () => new Map([...variables].map(([name, variable]) => [name, variable.dataSync<'float32'>().slice()])),
    dispose: () => tf.dispose([...variables.values()]),
  }
}

function requireWeights({ parameters }: Architecture, weights: ReadonlyMap<string, Float32Array>): void {
  for (const { name, shape } of parameters) {
    const size = shape.reduce((product, length) => product * length, 1)
    const got = weights.get(name)?.length
    if (got === size) continue
    throw new EmographError('EMO_SHAPE_MISMATCH', { field: name, expected: `${size} numbers`, got: `${got ?? 'none'}` })
  }
}

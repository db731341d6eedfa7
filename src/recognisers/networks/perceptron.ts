import * as tf from '@tensorflow/tfjs'
import { noDropout } from '../../crossmodal/dropout.ts'
import { linear, linearParameters } from '../../crossmodal/linear.ts'
import { scope, within } from '../../crossmodal/parameters.ts'
import type { Architecture, NetworkSizes, PerceptronConfig } from './network.ts'

/** x -> (linear -> ReLU -> dropout)* -> linear. Examples [F] -> logits [B, C]. */
export function perceptron({ hidden, dropout, inputDropout }: PerceptronConfig, sizes: NetworkSizes): Architecture {
  const widths = [sizes.width, ...hidden]
  const layers = hidden.map((width, k) => within(`hidden${k}`, linearParameters(widths[k]!, width)))
  return {
    parameters: [...layers.flat(), ...within('output', linearParameters(widths.at(-1)!, sizes.classes))],
    logits(weights, examples, pass) {
      const drop = pass?.dropout ?? noDropout
      let x = tf.tensor2d(joined(examples), [examples.length, sizes.width]) // [B, F]
      x = drop(x, inputDropout)
      hidden.forEach((_, k) => {
        x = drop(linear(x, scope(weights, `hidden${k}`)).relu(), dropout) // [B, hidden]
      })
      return linear(x, scope(weights, 'output')) // [B, C]
    },
  }
}

/** Vectors of one size one after the other. */
export function joined(vectors: readonly Float32Array[]): Float32Array {
  const size = vectors[0]?.length ?? 0
  const all = new Float32Array(size * vectors.length)
  vectors.forEach((vector, row) => {
    all.set(vector, row * size)
  })
  return all
}

import * as tf from '@tensorflow/tfjs'
import type { Weights } from '../../crossmodal/parameters.ts'

/**
 * Convolution with zeros around, stride 1, odd kernel: y = x * W + b. `weight` is [k²C, outer], `bias` [outer].
 * x [B, S, S, C] -> [B, S, S, outer].
 *
 * tfjs's own gradient for the filter has no wasm kernel, so both are written here: the input's is a convolution with the
 * filter turned round, the filter's one product for each of its k² places.
 */
export function convolution(x: tf.Tensor4D, kernel: number, weights: Weights): tf.Tensor4D {
  const channels = x.shape[3]
  const filter = weights('weight').reshape<tf.Tensor4D>([kernel, kernel, channels, -1])
  return same(x, filter).add<tf.Tensor4D>(weights('bias'))
}

const same = tf.customGrad((...given: (tf.Tensor | tf.GradSaveFunc)[]) => {
  const [x, filter, save] = given as [tf.Tensor4D, tf.Tensor4D, tf.GradSaveFunc]
  save([x, filter])
  return {
    value: tf.conv2d(x, filter, 1, 'same'),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [input, used] = saved as [tf.Tensor4D, tf.Tensor4D]
      return [inputGradient(dy as tf.Tensor4D, used), filterGradient(dy as tf.Tensor4D, input, used.shape[0])]
    },
  }
}) as (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor4D

function inputGradient(dy: tf.Tensor4D, filter: tf.Tensor4D): tf.Tensor4D {
  const turned = filter.reverse<tf.Tensor4D>([0, 1]).transpose<tf.Tensor4D>([0, 1, 3, 2])
  return tf.conv2d(dy, turned, 1, 'same')
}

/** dW[i, j] = x shifted by (i, j), [C, BSS], times dy [BSS, outer]. */
function filterGradient(dy: tf.Tensor4D, x: tf.Tensor4D, kernel: number): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape
  const outer = dy.shape[3]
  const margin = (kernel - 1) / 2
  const around: [number, number] = [margin, margin]
  const padded = x.pad<tf.Tensor4D>([[0, 0], around, around, [0, 0]])
  const rows = dy.reshape<tf.Tensor2D>([-1, outer])
  const places: tf.Tensor2D[] = []
  for (let row = 0; row < kernel; row += 1) {
    for (let column = 0; column < kernel; column += 1) {
      const shifted = padded.slice<tf.Tensor4D>([0, row, column, 0], [batch, height, width, channels])
      places.push(tf.matMul<tf.Tensor2D>(shifted.reshape([-1, channels]), rows, true))
    }
  }
  return tf.concat2d(places, 0).reshape([kernel, kernel, channels, outer])
}

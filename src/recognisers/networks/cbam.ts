import * as tf from '@tensorflow/tfjs'
import { noDropout } from '../../crossmodal/dropout.ts'
import { linear, linearParameters } from '../../crossmodal/linear.ts'
import { type Parameter, scope, type Weights, within } from '../../crossmodal/parameters.ts'
import { type BatchStatistics, batchNorm, batchNormParameters } from '../../model/batch-norm.ts'
import type { Architecture, CbamConfig, NetworkSizes, TrainingPass } from './network.ts'
import { joined } from './perceptron.ts'

const KERNEL = 3
/** The spatial attention's kernel: 7 is the published choice (Woo et al. 2018, section 4.1). */
const SPATIAL_KERNEL = 7

/**
 * A small convolutional network with the convolutional block attention module (CBAM; Woo et al. 2018): in each block
 * convolution, batch normalisation, ReLU, then from the second block on channel attention and spatial attention; halved
 * by maxima between blocks; mean over the picture, linear. Examples [side²] -> logits [B, C].
 *
 * Convolutions are products of gathered neighbourhoods: the gradient of tfjs's own has no wasm kernel.
 */
export function cbam({ side, channels, reduction, dropout }: CbamConfig, { classes }: NetworkSizes): Architecture {
  const blocks = channels.map((outer, k) => ({
    name: `block${k}`,
    inner: channels[k - 1] ?? 1,
    outer,
    squeezed: Math.max(4, Math.round(outer / reduction)),
    attentive: k > 0,
  }))
  const parameters = blocks.flatMap(({ name, inner, outer, squeezed, attentive }) =>
    within(name, [
      ...within('convolution', convolutionParameters(KERNEL, inner, outer)),
      ...within('norm', batchNormParameters(outer)),
      ...(attentive ? attentionParameters(outer, squeezed) : []),
    ]),
  )
  return {
    parameters: [...parameters, ...within('output', linearParameters(channels.at(-1)!, classes))],
    logits(weights, examples, pass) {
      let x = tf.tensor4d(joined(examples), [examples.length, side, side, 1]) // [B, S, S, 1]
      blocks.forEach(({ name, attentive }, k) => {
        const own = scope(weights, name)
        if (k > 0) x = halve(x)
        x = convolution(x, KERNEL, scope(own, 'convolution')) // [B, S, S, outer]
        x = normalise(x, `${name}.norm`, scope(own, 'norm'), pass).relu()
        if (attentive) x = spatialAttention(channelAttention(x, own), own)
      })
      const pooled = x.mean<tf.Tensor2D>([1, 2]) // [B, channels]
      return linear((pass?.dropout ?? noDropout)(pooled, dropout), scope(weights, 'output')) // [B, C]
    },
  }
}

/** He et al. 2015: deviation sqrt(2 / fan-in), for ReLU. */
function convolutionParameters(kernel: number, inner: number, outer: number): Parameter[] {
  const fanIn = kernel * kernel * inner
  return [
    { name: 'weight', shape: [fanIn, outer], initial: { normal: Math.sqrt(2 / fanIn) } },
    { name: 'bias', shape: [outer], initial: { constant: 0 } },
  ]
}

function attentionParameters(outer: number, squeezed: number): Parameter[] {
  return [
    ...within('channel.down', linearParameters(outer, squeezed)),
    ...within('channel.up', linearParameters(squeezed, outer)),
    ...within('spatial', convolutionParameters(SPATIAL_KERNEL, 2, 1)),
  ]
}

/** Convolution with zeros around, stride 1, as [B*S*S, k²C] x [k²C, outer]. x [B, S, S, C] -> [B, S, S, outer]. */
function convolution(x: tf.Tensor4D, kernel: number, weights: Weights): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape
  const margin = (kernel - 1) / 2
  const padded = x.pad<tf.Tensor4D>([
    [0, 0],
    [margin, margin],
    [margin, margin],
    [0, 0],
  ])
  const neighbours: tf.Tensor4D[] = []
  for (let row = 0; row < kernel; row += 1) {
    for (let column = 0; column < kernel; column += 1) {
      neighbours.push(padded.slice([0, row, column, 0], [batch, height, width, channels]))
    }
  }
  return linear(tf.concat4d(neighbours, 3), weights)
}

function normalise(x: tf.Tensor4D, name: string, weights: Weights, pass: TrainingPass | undefined): tf.Tensor4D {
  const rows = x.reshape<tf.Tensor2D>([-1, x.shape[3]])
  const all = tf.ones([rows.shape[0], 1]) as tf.Tensor2D
  const report = pass && ((statistics: BatchStatistics) => pass.onStatistics(name, statistics))
  return batchNorm(rows, all, weights, report).reshape<tf.Tensor4D>(x.shape)
}

/** x σ(MLP(mean over the picture) + MLP(maximum over it)), one MLP (Woo et al. 2018, equation 2). */
function channelAttention(x: tf.Tensor4D, weights: Weights): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape
  const places = x.reshape<tf.Tensor3D>([batch, height * width, channels])
  const perceptron = (pooled: tf.Tensor2D) =>
    linear(linear(pooled, scope(weights, 'channel.down')).relu(), scope(weights, 'channel.up'))
  const attention = perceptron(places.mean(1))
    .add(perceptron(places.max(1)))
    .sigmoid()
  return x.mul(attention.reshape([batch, 1, 1, channels]))
}

/** x σ(conv7([mean over channels, maximum over channels])) (Woo et al. 2018, equation 3). */
function spatialAttention(x: tf.Tensor4D, weights: Weights): tf.Tensor4D {
  const both = tf.concat4d([x.mean<tf.Tensor4D>(3, true), x.max<tf.Tensor4D>(3, true)], 3)
  return x.mul(convolution(both, SPATIAL_KERNEL, scope(weights, 'spatial')).sigmoid())
}

/** Maxima of 2 x 2 pixels: [B, S, S, C] -> [B, S/2, S/2, C], in two steps so that no rank exceeds 4. */
function halve(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape
  const rows = x.reshape<tf.Tensor3D>([(batch * height) / 2, 2, width * channels]).max(1)
  const columns = rows.reshape<tf.Tensor3D>([(batch * height * width) / 4, 2, channels]).max(1)
  return columns.reshape([batch, height / 2, width / 2, channels])
}

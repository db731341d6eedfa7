import * as tf from '@tensorflow/tfjs'
import { noDropout } from '../../crossmodal/dropout.ts'
import { linear, linearParameters } from '../../crossmodal/linear.ts'
import { type Parameter, scope, type Weights, within } from '../../crossmodal/parameters.ts'
import { type BatchStatistics, batchNorm, batchNormParameters } from '../../model/batch-norm.ts'
import { convolution } from './convolution.ts'
import { maxOver } from './max-over.ts'
import type { Architecture, CbamConfig, NetworkSizes, TrainingPass } from './network.ts'
import { joined } from './perceptron.ts'

const KERNEL = 3
/** The spatial attention's kernel: 7 is the published choice (Woo et al. 2018, section 4.1). */
const SPATIAL_KERNEL = 7

/**
 * A small convolutional network with the convolutional block attention module (CBAM; Woo et al. 2018): in each block
 * convolution, batch normalisation, ReLU, then from the second block on channel attention and spatial attention; halved
 * by maxima between blocks; mean over the picture, linear. Examples [side²] -> logits [B, C].
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
  const attention = perceptron(places.mean<tf.Tensor2D>(1))
    .add(perceptron(maxOver(places, 1).reshape<tf.Tensor2D>([batch, channels])))
    .sigmoid()
  return x.mul(attention.reshape([batch, 1, 1, channels]))
}

/** x σ(conv7([mean over channels, maximum over channels])) (Woo et al. 2018, equation 3). */
function spatialAttention(x: tf.Tensor4D, weights: Weights): tf.Tensor4D {
  const both = tf.concat4d([x.mean<tf.Tensor4D>(3, true), maxOver(x, 3)], 3)
  return x.mul(convolution(both, SPATIAL_KERNEL, scope(weights, 'spatial')).sigmoid())
}

/** Maxima of 2 x 2 pixels: [B, S, S, C] -> [B, S/2, S/2, C], in two steps so that no rank exceeds 4. */
function halve(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape
  const rows = maxOver(x.reshape<tf.Tensor3D>([(batch * height) / 2, 2, width * channels]), 1)
  const columns = maxOver(rows.reshape<tf.Tensor3D>([(batch * height * width) / 4, 2, channels]), 1)
  return columns.reshape([batch, height / 2, width / 2, channels])
}

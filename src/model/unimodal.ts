import type * as tf from '@tensorflow/tfjs'
import type { Modality } from '../conversation/modality.ts'
import type { AttentionMask } from '../crossmodal/attention-mask.ts'
import type { Dropout } from '../crossmodal/dropout.ts'
import { layerNorm, layerNormParameters } from '../crossmodal/layer-norm.ts'
import { linear, linearParameters } from '../crossmodal/linear.ts'
import { attentionParameters, multiHeadAttention } from '../crossmodal/multi-head-attention.ts'
import { type Parameter, scope, type Weights, within } from '../crossmodal/parameters.ts'
import { type CorectConfig, inputSize } from './config.ts'

/**
 * Text: a transformer encoder over the conversation's utterances (torch.nn.TransformerEncoder: post-norm, ReLU), then
 * linear to d. For each layer x = LN(x + attention(x)), x = LN(x + W_2 ReLU(W_1 x)). With a `textWidth` of its own the
 * encoder is given ReLU(W x + b) of that width instead of the features. x [B, N, D] -> [B, N, d].
 */
export function encodeText(
  x: tf.Tensor3D,
  mask: AttentionMask,
  weights: Weights,
  config: CorectConfig,
  dropout: Dropout,
): tf.Tensor3D {
  const rate = config.dropout.textEncoder
  let state = config.textWidth === undefined ? x : linear(x, scope(weights, 'input')).relu<tf.Tensor3D>()
  for (let layer = 0; layer < config.textEncoderLayers; layer++) {
    const own = scope(weights, `encoder.${layer}`)
    const options = { heads: config.textEncoderHeads, rate, dropout }
    const attended = multiHeadAttention(state, state, mask, scope(own, 'attention'), options)
    state = layerNorm(state.add(dropout(attended, rate)), scope(own, 'attentionNorm'))
    const inner = dropout(linear(state, scope(own, 'feedForward.inner')).relu(), rate) // [B, N, 2048]
    const outer = dropout(linear(inner, scope(own, 'feedForward.outer')), rate)
    state = layerNorm(state.add(outer), scope(own, 'feedForwardNorm'))
  }
  return linear(state, scope(weights, 'projection'))
}

/** Audio and visual: linear, ReLU, linear, ReLU, each utterance by itself. x [B, N, D] -> [B, N, d]. */
export function projectFeatures(x: tf.Tensor3D, weights: Weights, rate: number, dropout: Dropout): tf.Tensor3D {
  const inner = dropout(linear(x, scope(weights, 'inner')).relu(), rate)
  return linear(inner, scope(weights, 'outer')).relu()
}

/** Parameters of the projection of one modality, unprefixed. */
export function unimodalParameters(modality: Modality, config: CorectConfig): Parameter[] {
  const size = inputSize(config, modality)
  if (modality !== 'text') {
    return [
      ...within('inner', linearParameters(size, config.hidden)),
      ...within('outer', linearParameters(config.hidden, config.hidden)),
    ]
  }
  const width = config.textWidth ?? size
  const biasedHeads = config.attentionBias ? config.textEncoderHeads : undefined
  const layer = [
    ...within('attention', attentionParameters(width, { biasedHeads })),
    ...within('attentionNorm', layerNormParameters(width)),
    ...within('feedForward.inner', linearParameters(width, config.textEncoderFeedForward)),
    ...within('feedForward.outer', linearParameters(config.textEncoderFeedForward, width)),
    ...within('feedForwardNorm', layerNormParameters(width)),
  ]
  return [
    ...(config.textWidth === undefined ? [] : within('input', linearParameters(size, width))),
    ...Array.from({ length: config.textEncoderLayers }, (_, i) => within(`encoder.${i}`, layer)).flat(),
    ...within('projection', linearParameters(width, config.hidden)),
  ]
}

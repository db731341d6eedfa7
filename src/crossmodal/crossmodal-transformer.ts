import type * as tf from '@tensorflow/tfjs'
import type { AttentionMask } from './attention-mask.ts'
import { type Dropout, noDropout } from './dropout.ts'
import { layerNorm, layerNormParameters } from './layer-norm.ts'
import { linear, linearParameters } from './linear.ts'
import { attentionParameters, multiHeadAttention } from './multi-head-attention.ts'
import { type Parameter, scope, type Weights, within, xavier } from './parameters.ts'

/** Rates of the four dropouts of Tsai et al.: on the scaled input, the attention weights, after ReLU, on each residual. */
export interface CrossmodalDropout {
  readonly dropout: Dropout
  readonly embedding: number
  readonly attention: number
  readonly relu: number
  readonly residual: number
}

const NO_DROPOUT: CrossmodalDropout = { dropout: noDropout, embedding: 0, attention: 0, relu: 0, residual: 0 }

export interface CrossmodalTransformerOptions {
  readonly heads: number
  readonly layers: number
  readonly rates?: CrossmodalDropout
}

/**
 * The cross-modal transformer of MulT (Tsai et al. 2019, eq. 4-5), pre-norm. With z = sqrt(d) x and y = sqrt(d) keys:
 * for each layer z += attention(LN_1 z, LN_1 y), z += W_2 ReLU(W_1 LN_2 z); at the end LN. Every layer attends to the
 * same y; with `keys` undefined it is self-attention, whose keys are z itself.
 * CORECT's published code leaves MulT's sinusoidal positions away, and so do we: order comes from the graph.
 *
 * x [B, N, d], keys [B, N, d] -> [B, N, d].
 */
export function crossmodalTransformer(
  x: tf.Tensor3D,
  keys: tf.Tensor3D | undefined,
  mask: AttentionMask,
  weights: Weights,
  { heads, layers, rates = NO_DROPOUT }: CrossmodalTransformerOptions,
): tf.Tensor3D {
  const { dropout } = rates
  const embed = (input: tf.Tensor3D) => dropout(input.mul<tf.Tensor3D>(Math.sqrt(input.shape[2])), rates.embedding)
  const source = keys === undefined ? undefined : embed(keys)
  let z = embed(x)
  for (let layer = 0; layer < layers; layer++) {
    const own = scope(weights, `${layer}`)
    const norm = scope(own, 'attentionNorm')
    const query = layerNorm(z, norm)
    const seen = source === undefined ? query : layerNorm(source, norm)
    const attended = multiHeadAttention(query, seen, mask, scope(own, 'attention'), {
      heads,
      rate: rates.attention,
      dropout,
    })
    z = z.add(dropout(attended, rates.residual))
    const inner = linear(layerNorm(z, scope(own, 'feedForwardNorm')), scope(own, 'feedForward.inner')).relu() // [B, N, 4d]
    const outer = linear(dropout(inner, rates.relu), scope(own, 'feedForward.outer'))
    z = z.add(dropout(outer, rates.residual))
  }
  return layerNorm(z, scope(weights, 'norm'))
}

/** Parameters of {@link crossmodalTransformer} of width d; `biasedHeads` see attentionParameters. */
export function crossmodalTransformerParameters(width: number, layers: number, biasedHeads?: number): Parameter[] {
  const zero = { constant: 0 }
  const layer = [
    ...within('attentionNorm', layerNormParameters(width)),
    ...within('attention', attentionParameters(width, { output: 'xavier', biasedHeads })),
    ...within('feedForwardNorm', layerNormParameters(width)),
    ...within('feedForward.inner', linearParameters(width, 4 * width, xavier(width, 4 * width), zero)),
    ...within('feedForward.outer', linearParameters(4 * width, width, xavier(4 * width, width), zero)),
  ]
  return [
    ...Array.from({ length: layers }, (_, i) => within(`${i}`, layer)).flat(),
    ...within('norm', layerNormParameters(width)),
  ]
}

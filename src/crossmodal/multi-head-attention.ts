import * as tf from '@tensorflow/tfjs'
import type { AttentionMask, RelativePositions } from './attention-mask.ts'
import { type Dropout, noDropout } from './dropout.ts'
import { linear, linearParameters } from './linear.ts'
import { type Parameter, scope, torchDefault, type Weights, within, xavier } from './parameters.ts'

export interface AttentionOptions {
  /** H; divides d. */
  readonly heads: number
  /** Rate of dropout on the attention weights. */
  readonly rate?: number
  readonly dropout?: Dropout
}

/**
 * Multi-head attention (Vaswani et al. 2017) as torch.nn.MultiheadAttention computes it:
 * head_h = softmax(q_h k_h^T / sqrt(d/H)) v_h, output = (head_1 ‖ … ‖ head_H) W_o + b_o, where q, k, v are linear
 * in the query and in the keys. A query that sees no key takes nothing from attention: its heads are 0, never NaN.
 *
 * query [B, Nq, d], keys [B, Nk, d] -> [B, Nq, d].
 * Weights: query, key, value, output, each {weight [d, d], bias [d]}. Where the mask tells how keys stand to queries,
 * head h adds {@link attentionBias} to its logits; weights speakerBias [H], distanceSlope [H].
 */
export function multiHeadAttention(
  query: tf.Tensor3D,
  keys: tf.Tensor3D,
  mask: AttentionMask,
  weights: Weights,
  { heads, rate = 0, dropout = noDropout }: AttentionOptions,
): tf.Tensor3D {
  const [batch, length, width] = query.shape
  // [B, N, d] -> [B, H, N, d/H]
  const split = (x: tf.Tensor3D): tf.Tensor4D =>
    x.reshape<tf.Tensor4D>([batch, -1, heads, width / heads]).transpose<tf.Tensor4D>([0, 2, 1, 3])
  const q = split(linear(query, scope(weights, 'query')).mul(Math.sqrt(heads / width)))
  const k = split(linear(keys, scope(weights, 'key')))
  const v = split(linear(keys, scope(weights, 'value')))
  const masked = tf.matMul(q, k, false, true).add(mask.bias) // [B, H, Nq, Nk]
  const logits = mask.relative === undefined ? masked : masked.add(attentionBias(mask.relative, weights, heads))
  const attention = dropout(tf.softmax(logits), rate)
  const context = tf.matMul(attention, v).mul<tf.Tensor4D>(mask.sighted) // [B, H, Nq, d/H]
  const joined = context.transpose<tf.Tensor4D>([0, 2, 1, 3]).reshape<tf.Tensor3D>([batch, length, width])
  return linear(joined, scope(weights, 'output'))
}

/**
 * speakerBias_h [same speaker] - softplus(distanceSlope_h) |i - j| / 2: a head may prefer the query's own speaker, or the
 * others, and keys fade with their distance, as in ALiBi (Press et al. 2022) but learned. [B, H, Nq, Nk].
 */
function attentionBias({ sameSpeaker, distance }: RelativePositions, weights: Weights, heads: number): tf.Tensor4D {
  const perHead = (x: tf.Tensor) => x.reshape<tf.Tensor4D>([1, heads, 1, 1])
  const slope = perHead(tf.softplus(weights('distanceSlope')).mul(0.5))
  return sameSpeaker.mul<tf.Tensor4D>(perHead(weights('speakerBias'))).sub(distance.mul(slope))
}

/**
 * Parameters of the attention bias. Heads begin different from each other, else they would learn alike: even ones
 * prefer other speakers, odd ones the own, and every second pair fades faster.
 */
function attentionBiasParameters(heads: number): Parameter[] {
  const values = (of: (head: number) => number) => Array.from({ length: heads }, (_, head) => of(head))
  return [
    { name: 'speakerBias', shape: [heads], initial: { values: values((head) => (head % 2 === 0 ? -1 : 1)) } },
    { name: 'distanceSlope', shape: [heads], initial: { values: values((head) => 2 * Math.floor(head / 2) - 3) } },
  ]
}

/**
 * Parameters of {@link multiHeadAttention}. torch keeps query, key and value in one [3d, d] matrix, whose Xavier bound
 * is therefore that of fan-out 3d; the output begins as nn.Linear does, or by Xavier in Tsai's attention.
 * `biasedHeads`: the number of heads of an attention with a bias.
 */
export function attentionParameters(
  width: number,
  { output = 'torch', biasedHeads }: { output?: 'torch' | 'xavier'; biasedHeads?: number | undefined } = {},
): Parameter[] {
  const zero = { constant: 0 }
  const packed = xavier(width, 3 * width)
  return [
    ...within('query', linearParameters(width, width, packed, zero)),
    ...within('key', linearParameters(width, width, packed, zero)),
    ...within('value', linearParameters(width, width, packed, zero)),
    ...within(
      'output',
      linearParameters(width, width, output === 'torch' ? torchDefault(width) : xavier(width, width), zero),
    ),
    ...(biasedHeads === undefined ? [] : attentionBiasParameters(biasedHeads)),
  ]
}

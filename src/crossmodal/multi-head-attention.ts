import * as tf from '@tensorflow/tfjs'
import type { AttentionMask } from './attention-mask.ts'
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
 * Weights: query, key, value, output, each {weight [d, d], bias [d]}.
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
  const logits = tf.matMul(q, k, false, true).add(mask.bias) // [B, H, Nq, Nk]
  const attention = dropout(tf.softmax(logits), rate)
  const context = tf.matMul(attention, v).mul<tf.Tensor4D>(mask.sighted) // [B, H, Nq, d/H]
  const joined = context.transpose<tf.Tensor4D>([0, 2, 1, 3]).reshape<tf.Tensor3D>([batch, length, width])
  return linear(joined, scope(weights, 'output'))
}

/**
 * Parameters of {@link multiHeadAttention}. torch keeps query, key and value in one [3d, d] matrix, whose Xavier bound
 * is therefore that of fan-out 3d; the output begins as nn.Linear does, or by Xavier in Tsai's attention.
 */
export function attentionParameters(width: number, output: 'torch' | 'xavier' = 'torch'): Parameter[] {
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
  ]
}

import * as tf from '@tensorflow/tfjs'
import { scope, type Weights } from '../crossmodal/parameters.ts'

/**
 * What one attention layer remembers of the utterances before: their keys and values, each [H, L, d/H], oldest first,
 * undefined when there are none. Tensors are immutable: a new utterance gives a new cache, the caller disposes the old.
 */
export type KeyValueCache = { readonly keys: tf.Tensor3D; readonly values: tf.Tensor3D } | undefined

/** x W + b of one row in one kernel, with ReLU when asked: x [1, in] → [1, out]. */
export function linearRow(x: tf.Tensor2D, weights: Weights, activation?: 'relu'): tf.Tensor2D {
  const fused = activation === undefined ? {} : { activation }
  return tf.fused.matMul({ a: x, b: weights('weight'), bias: weights('bias'), ...fused }) as tf.Tensor2D
}

/**
 * The cache with its `dropped` oldest rows gone (they have fallen out of the attention's reach) and, when an utterance
 * gives a key, that of `source` [1, d] appended. `weights` are those of multiHeadAttention.
 */
export function advanceCache(
  cache: KeyValueCache,
  dropped: number,
  source: tf.Tensor2D | undefined,
  weights: Weights,
  heads: number,
): KeyValueCache {
  const kept = withoutOldest(cache, dropped)
  if (source === undefined) return kept
  const row = (name: 'key' | 'value'): tf.Tensor3D =>
    tf.reshape(linearRow(source, scope(weights, name)), [heads, 1, source.shape[1] / heads])
  const [key, value] = [row('key'), row('value')]
  if (kept === undefined) return { keys: key, values: value }
  return { keys: tf.concat([kept.keys, key], 1), values: tf.concat([kept.values, value], 1) }
}

/**
 * Multi-head attention of one query over a cache: the row that multiHeadAttention gives in a whole conversation.
 * query [1, d] → [1, d]. Without a key, what the output layer makes of nothing.
 */
export function attendCache(query: tf.Tensor2D, cache: KeyValueCache, weights: Weights, heads: number): tf.Tensor2D {
  const width = query.shape[1]
  if (cache === undefined) return tf.reshape(weights('output.bias'), [1, width])
  const q = tf.reshape(linearRow(query, scope(weights, 'query')), [heads, 1, width / heads])
  const logits = tf.matMul(tf.mul(q, Math.sqrt(heads / width)), cache.keys, false, true) // [H, 1, L]
  const context = tf.matMul(tf.softmax(logits), cache.values) // [H, 1, d/H]
  return linearRow(tf.reshape(context, [1, width]), scope(weights, 'output'))
}

function withoutOldest(cache: KeyValueCache, dropped: number): KeyValueCache {
  if (cache === undefined || dropped === 0) return cache
  const [heads, rows, size] = cache.keys.shape
  if (dropped >= rows) return undefined
  const rest = (x: tf.Tensor3D) => tf.slice(x, [0, dropped, 0], [heads, rows - dropped, size])
  return { keys: rest(cache.keys), values: rest(cache.values) }
}

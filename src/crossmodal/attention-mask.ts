import * as tf from '@tensorflow/tfjs'
import type { Mode } from '../conversation/mode.ts'

/**
 * Which key a query may see. Kept in the two forms that attention needs, so that each is computed once a batch:
 * `bias` [B, 1, Nq, Nk] is 0 where it may and -1e9 where it may not (after the softmax exactly 0);
 * `sighted` [B, 1, Nq, 1] is 1 where a query sees any key at all, else 0.
 */
export interface AttentionMask {
  readonly bias: tf.Tensor4D
  readonly sighted: tf.Tensor4D
}

/**
 * Reach of attention in time, [N, N], rows queries, columns keys, 1 where query i may see key j:
 * live 0 <= i - j < maxHistory (causal); offline |i - j| < maxHistory.
 */
export function attentionReach(length: number, mode: Mode, maxHistory: number): tf.Tensor2D {
  const reach = new Float32Array(length * length)
  for (let i = 0; i < length; i++) {
    const last = mode === 'live' ? i : Math.min(length - 1, i + maxHistory - 1)
    reach.fill(1, i * length + Math.max(0, i - maxHistory + 1), i * length + last + 1)
  }
  return tf.tensor2d(reach, [length, length])
}

/**
 * The mask of one set of keys: those that are there (`keys` [B, N], 1 or 0: neither padding nor a missing modality)
 * and within `reach` [N, N].
 */
export function attentionMask(keys: tf.Tensor2D, reach: tf.Tensor2D): AttentionMask {
  return tf.tidy(() => {
    const [batch, length] = keys.shape
    const allowed = keys
      .reshape<tf.Tensor4D>([batch, 1, 1, length])
      .mul<tf.Tensor4D>(reach.reshape([1, 1, length, length]))
    return { bias: allowed.sub<tf.Tensor4D>(1).mul<tf.Tensor4D>(1e9), sighted: allowed.max<tf.Tensor4D>(-1, true) }
  })
}

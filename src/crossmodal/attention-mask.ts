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
  /** What the learned attention bias is made of; absent when the model has none. */
  readonly relative?: RelativePositions
}

/** How a key stands to a query. */
export interface RelativePositions {
  /** [B, 1, Nq, Nk], 1 where both are of one speaker. */
  readonly sameSpeaker: tf.Tensor4D
  /** [1, 1, Nq, Nk], how many utterances lie between them: |i - j|. */
  readonly distance: tf.Tensor4D
}

/** Who speaks, `speakers` [B, N] (int32), as attention takes it. */
export function relativePositions(speakers: tf.Tensor2D): RelativePositions {
  return tf.tidy(() => {
    const [batch, length] = speakers.shape
    const index = tf.range(0, length)
    return {
      sameSpeaker: tf
        .equal(speakers.reshape([batch, 1, length, 1]), speakers.reshape([batch, 1, 1, length]))
        .cast('float32') as tf.Tensor4D,
      distance: tf.abs(index.reshape([1, 1, length, 1]).sub(index.reshape([1, 1, 1, length]))) as tf.Tensor4D,
    }
  })
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
 * and within `reach` [N, N]. `relative` is that of the conversations, for a model with an attention bias.
 */
export function attentionMask(keys: tf.Tensor2D, reach: tf.Tensor2D, relative?: RelativePositions): AttentionMask {
  const mask = tf.tidy(() => {
    const [batch, length] = keys.shape
    const allowed = keys
      .reshape<tf.Tensor4D>([batch, 1, 1, length])
      .mul<tf.Tensor4D>(reach.reshape([1, 1, length, length]))
    return { bias: allowed.sub<tf.Tensor4D>(1).mul<tf.Tensor4D>(1e9), sighted: allowed.max<tf.Tensor4D>(-1, true) }
  })
  return relative === undefined ? mask : { ...mask, relative }
}

import * as tf from '@tensorflow/tfjs'
import type { PreparedConversation } from '../model/prepare.ts'

export interface LossOptions {
  /** One number a class, in the label set's order; 1 for each when left away. */
  readonly classWeights?: readonly number[]
  /** ε of Szegedy et al. 2016; 0 for none. */
  readonly labelSmoothing: number
}

/** Σ w_y over the labelled utterances: what the loss of a batch is divided by. */
export function totalWeight(conversations: readonly PreparedConversation[], { classWeights }: LossOptions): number {
  let total = 0
  for (const { labels } of conversations) {
    for (const label of labels) if (label >= 0) total += classWeights?.[label] ?? 1
  }
  return total
}

/** Utterances with a label of the label set. */
export function labelledUtterances(conversations: readonly PreparedConversation[]): number {
  return conversations.reduce((sum, { labels }) => sum + labels.filter((label) => label >= 0).length, 0)
}

/**
 * Cross-entropy with class weights w and label smoothing ε, as torch.nn.functional.cross_entropy defines it:
 *
 *   Σ_i [ (1-ε) w_{y_i} (−log p_i[y_i]) + ε/C Σ_c w_c (−log p_i[c]) ] / total
 *
 * over the labelled utterances i. `total` is Σ w_{y_i} of the whole batch, so that the losses of its parts add up to its
 * own. logits [B, N, C], labels [B, N] (-1: none) -> scalar.
 */
export function utteranceLoss(
  logits: tf.Tensor3D,
  labels: tf.Tensor2D,
  total: number,
  { classWeights, labelSmoothing }: LossOptions,
): tf.Scalar {
  return tf.tidy(() => {
    const classes = logits.shape[2]
    const share = labelTargets(labels.dataSync<'int32'>(), classes, classWeights, labelSmoothing)
    const logProbabilities = tf.logSoftmax(logits.reshape<tf.Tensor2D>([-1, classes]))
    return logProbabilities
      .mul(tf.tensor2d(share, [labels.size, classes]))
      .sum<tf.Scalar>()
      .mul<tf.Scalar>(-1 / total)
  })
}

/** [K, C]: how much each −log p counts; a row of zeros where there is no label. */
function labelTargets(
  labels: Int32Array,
  classes: number,
  classWeights: readonly number[] | undefined,
  smoothing: number,
): Float32Array {
  const targets = new Float32Array(labels.length * classes)
  labels.forEach((label, row) => {
    if (label < 0) return
    for (let c = 0; c < classes; c++) {
      const weight = classWeights?.[c] ?? 1
      targets[row * classes + c] = weight * (smoothing / classes + (c === label ? 1 - smoothing : 0))
    }
  })
  return targets
}

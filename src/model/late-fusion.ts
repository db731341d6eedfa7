import * as tf from '@tensorflow/tfjs'
import type { PerModality } from '../conversation/modality.ts'
import type { Dropout } from '../crossmodal/dropout.ts'
import { linear, linearParameters } from '../crossmodal/linear.ts'
import { type Parameter, scope, type Weights, within } from '../crossmodal/parameters.ts'
import { type CorectConfig, classCount, coreModalities, inputSize } from './config.ts'

/**
 * Late fusion: logits [B, N, C] of the core with those of the late modalities added, where an utterance has them.
 *
 *   logits = core + Σ_m present_m W_2 ReLU(W_1 x_m + b_1) + b_2
 *
 * that is a product of experts (Hinton 2002): what each says of an utterance counts by itself, without the context of others.
 * An utterance of which the core was given nothing has the learned `late.prior` [C] in place of its logits. Without late
 * features the logits are the core's own.
 */
export function fuseLate(
  core: tf.Tensor3D,
  batch: { readonly features: PerModality<tf.Tensor3D>; readonly present: PerModality<tf.Tensor2D> },
  weights: Weights,
  config: CorectConfig,
  dropout: Dropout,
): tf.Tensor3D {
  if (config.late.length === 0) return core
  const there = coreModalities(config)
    .map((m) => batch.present[m]!)
    .reduce((any, present) => tf.maximum(any, present))
    .expandDims<tf.Tensor3D>(2) // [B, N, 1]
  const begin = core.mul<tf.Tensor3D>(there).add<tf.Tensor3D>(weights('late.prior').mul(tf.sub(1, there)))
  return config.late.reduce((logits, m) => {
    const own = scope(weights, `late.${m}`)
    const features = dropout(batch.features[m]!, config.dropout.input[m]) // [B, N, D_m]
    const inner = dropout(linear(features, scope(own, 'inner')).relu(), config.dropout.projection) // [B, N, d]
    const said = linear(inner, scope(own, 'outer')).mul(batch.present[m]!.expandDims(2))
    return logits.add<tf.Tensor3D>(said)
  }, begin)
}

/** Parameters of {@link fuseLate}; none without late modalities. */
export function lateParameters(config: CorectConfig): Parameter[] {
  const { late, hidden } = config
  if (late.length === 0) return []
  const classes = classCount(config)
  return [
    { name: 'late.prior', shape: [classes], initial: { constant: 0 } },
    ...late.flatMap((modality) => [
      ...within(`late.${modality}.inner`, linearParameters(inputSize(config, modality), hidden)),
      ...within(`late.${modality}.outer`, linearParameters(hidden, classes)),
    ]),
  ]
}

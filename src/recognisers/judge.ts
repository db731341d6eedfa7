import * as tf from '@tensorflow/tfjs'
import { scorePredictions } from '../training/metrics.ts'
import type { Network } from './networks/create-network.ts'

/** One item in its final form, with its class. */
export interface Judged {
  readonly label: number
  readonly input: Float32Array
}

/** Bounds what one forward pass holds in memory. */
const BATCH = 64

/** Probabilities [N * C] of inputs. */
export function probabilitiesOf(network: Network, inputs: readonly Float32Array[]): Float32Array {
  const { classes } = network.sizes
  const all = new Float32Array(inputs.length * classes)
  for (let from = 0; from < inputs.length; from += BATCH) {
    const batch = inputs.slice(from, from + BATCH)
    const values = tf.tidy(() => network.forward(batch).softmax().dataSync<'float32'>().slice())
    all.set(values, from * classes)
  }
  return all
}

/** The part of items whose most probable class is theirs. */
export function accuracyOf(network: Network, items: readonly Judged[]): number {
  const probabilities = probabilitiesOf(
    network,
    items.map(({ input }) => input),
  )
  const labels = Int32Array.from(items, ({ label }) => label)
  return scorePredictions([{ labels, probabilities }], network.sizes.classes).accuracy
}

import type { UtteranceLabel } from './protocol/server-messages.ts'

/** Probabilities [C] as the model gives them, and as a client is told them; `labels` in the order of the label set. */

/** The most probable label. @throws where a probability is no number: the model, or what it was given, is broken */
export function bestLabel(labels: readonly string[], probabilities: Float32Array): string {
  if (!probabilities.every(Number.isFinite)) throw new Error('the model gave a probability that is no number')
  let index = 0
  for (let i = 1; i < probabilities.length; i++) if (probabilities[i]! > probabilities[index]!) index = i
  return labels[index]!
}

/** How far the probability that moved most has moved. */
export function largestMove(before: Float32Array, after: Float32Array): number {
  return before.reduce((largest, value, i) => Math.max(largest, Math.abs(value - after[i]!)), 0)
}

export const namedProbabilities = (
  labels: readonly string[],
  probabilities: Float32Array,
): UtteranceLabel['probabilities'] => labels.map((name, i) => ({ name, probability: Math.min(1, probabilities[i]!) }))

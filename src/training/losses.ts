import { z } from 'zod'

/**
 * Weights of the classes in the loss: `none`; `balanced`, the inverse of the class's frequency (King and Zeng 2001);
 * `sqrt`, the root of that, between the two; or one number a class in the label set's order.
 */
export const classWeightsSchema = z.union([z.enum(['none', 'balanced', 'sqrt']), z.array(z.number().nonnegative())])
export type ClassWeights = z.infer<typeof classWeightsSchema>

/** How many utterances have each class; -1 (no label) is not counted. */
export function classCounts(labels: Iterable<Int32Array>, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0)
  for (const conversation of labels) for (const label of conversation) if (label >= 0) counts[label]!++
  return counts
}

/**
 * The class weights [C], scaled so that the mean over the training utterances is 1: the learning rate then means the
 * same with and without them. A class that never occurs gets weight 0. `none` gives nothing to multiply by.
 */
export function classWeights(kind: ClassWeights, counts: readonly number[]): number[] | undefined {
  if (kind === 'none') return undefined
  const raw = Array.isArray(kind)
    ? counts.map((_, index) => kind[index] ?? 0)
    : counts.map((count) => (count === 0 ? 0 : kind === 'balanced' ? 1 / count : 1 / Math.sqrt(count)))
  const total = counts.reduce((sum, count) => sum + count, 0)
  const weighted = counts.reduce((sum, count, index) => sum + count * raw[index]!, 0)
  return weighted === 0 ? undefined : raw.map((weight) => (weight * total) / weighted)
}

import { z } from 'zod'
import { createSpeakerNormaliser } from '../model/speaker-normalisation.ts'

/** Mean and deviation of each number of a row (a vector, a step of a sequence, a pixel) over the training items. */
export const standardisationSchema = z
  .strictObject({
    mean: z.array(z.number()).min(1),
    /** 1 where a number never varies, so that it becomes 0. */
    std: z.array(z.number().positive()),
    /** Mean number of rows of a training item: 1 for vectors. */
    rows: z.number().positive(),
  })
  .refine(({ mean, std }) => mean.length === std.length, { path: ['std'], error: 'mean and std differ in length' })
export type Standardisation = z.infer<typeof standardisationSchema>

/** Beyond so many deviations a value is an outlier, whatever its size. */
const LIMIT = 5

/** Fits to vectors [rows * width], each of its own number of rows. */
export function fitStandardisation(vectors: readonly Float32Array[], width: number): Standardisation {
  const mean = new Float64Array(width)
  const squares = new Float64Array(width)
  let count = 0
  for (const vector of vectors) {
    for (let at = 0; at < vector.length; at += width) {
      count += 1
      for (let k = 0; k < width; k += 1) {
        const delta = vector[at + k]! - mean[k]!
        mean[k]! += delta / count
        squares[k]! += delta * (vector[at + k]! - mean[k]!)
      }
    }
  }
  const std = Array.from(squares, (sum) => {
    const deviation = Math.sqrt(sum / Math.max(1, count))
    return deviation > 1e-8 ? deviation : 1
  })
  return { mean: [...mean], std, rows: count / Math.max(1, vectors.length) }
}

const limited = (value: number): number => Math.min(LIMIT, Math.max(-LIMIT, value))

/** (x - mean) / std of each number, within ±5. */
export function standardise(vector: Float32Array, { mean, std }: Standardisation): Float32Array {
  const width = mean.length
  return vector.map((value, k) => limited((value - mean[k % width]!) / std[k % width]!))
}

/** One item and whose it is; undefined: not known. */
export interface Owned {
  readonly person?: string | undefined
  readonly vector: Float32Array
}

/**
 * Scales every item by its person's own mean and deviation over the `references`, drawn to the training set's by the
 * weight of `priorCount` items (see model/speaker-normalisation); an item of no known person by the training set's alone.
 */
export function standardiseByPerson(
  items: readonly Owned[],
  references: readonly Owned[],
  standardisation: Standardisation,
  { priorCount }: { readonly priorCount: number },
): Float32Array[] {
  const { rows } = standardisation
  const width = standardisation.mean.length
  const normaliser = createSpeakerNormaliser({ statistics: standardisation, priorCount: priorCount * rows })
  for (const { person, vector } of references) {
    if (person !== undefined) for (const row of rowsOf(vector, width)) normaliser.observe(person, row)
  }
  return items.map(({ person, vector }) => {
    if (person === undefined) return standardise(vector, standardisation)
    const scaled = new Float32Array(vector.length)
    rowsOf(vector, width).forEach((row, k) => {
      scaled.set(normaliser.scale(person, row).map(limited), k * width)
    })
    return scaled
  })
}

const rowsOf = (vector: Float32Array, width: number): Float32Array[] =>
  Array.from({ length: vector.length / width }, (_, k) => vector.subarray(k * width, (k + 1) * width))

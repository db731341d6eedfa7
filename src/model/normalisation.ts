import { z } from 'zod'
import type { Conversation, Utterance } from '../conversation/conversation.ts'
import { type Modality, modalitySchema, type PerModality } from '../conversation/modality.ts'
import { EmographError } from '../errors.ts'
import { addValue, type ColumnMoments, createMoments } from './column-moments.ts'

/** Statistics of one modality of D columns. */
const modalityStatisticsSchema = z
  .object({
    /** [D] mean of every column over the utterances of the training split that have the modality. */
    mean: z.array(z.number()),
    /** [D] standard deviation of every column; 1 where a column never varies, so that it becomes 0 and not noise. */
    std: z.array(z.number().positive()),
    /** Utterances that have the modality. */
    utterances: z.int().nonnegative(),
    /** [D] values that were not finite (NaN: "not available") and are taken as the mean of their column. */
    imputed: z.array(z.int().nonnegative()),
  })
  .refine((s) => s.mean.length === s.std.length && s.mean.length === s.imputed.length, {
    path: ['std'],
    error: 'mean, std and imputed have different lengths',
  })
export type ModalityStatistics = z.infer<typeof modalityStatisticsSchema>
/** All of them that scaling takes. */
export type ColumnStatistics = Pick<ModalityStatistics, 'mean' | 'std'>

/**
 * What turns raw features into the model's: statistics per modality, from the training split only. It travels with the
 * checkpoint (normalisation.json), so that served features are scaled exactly as those of training were.
 */
export const normalisationSchema = z.partialRecord(modalitySchema, modalityStatisticsSchema)
export type Normalisation = PerModality<ModalityStatistics>

/** Of a conversation, what statistics need. */
export interface FeatureRows extends Pick<Conversation, 'id' | 'split'> {
  readonly utterances: readonly Pick<Utterance, 'id' | 'features'>[]
}

export interface FitOptions {
  /**
   * Modalities whose columns are left as they are (mean 0, deviation 1): an encoder's output that is already
   * normalised, such as a unit vector of a sentence encoder. Default: none.
   */
  readonly unscaled?: readonly Modality[]
}

/**
 * Mean and standard deviation (population, ddof 0) of every column of every modality, NaN left out and counted.
 *
 * Only conversations of the training split count; one that names no split counts as training, one of `val` or `test`
 * never does, so that passing a whole corpus cannot leak the test split into the statistics.
 *
 * @throws EMO_FEATURE_MISSING when no training utterance has a modality; EMO_FEATURE_SIZE when sizes differ.
 */
export function fitNormalisation(
  conversations: Iterable<FeatureRows>,
  modalities: readonly Modality[],
  options: FitOptions = {},
): Normalisation {
  const columns = new Map<Modality, Moments>()
  for (const conversation of conversations) {
    if (conversation.split !== undefined && conversation.split !== 'train') continue
    for (const utterance of conversation.utterances) {
      for (const modality of modalities) {
        const vector = utterance.features[modality]
        if (vector === undefined) continue
        const moments = columns.get(modality) ?? { ...createMoments(vector.length), utterances: 0 }
        columns.set(modality, moments)
        addToMoments(moments, vector, `${conversation.id}/${utterance.id} ${modality}`)
      }
    }
  }
  const normalisation: Normalisation = {}
  for (const modality of modalities) {
    const moments = columns.get(modality)
    if (moments === undefined) {
      throw new EmographError('EMO_FEATURE_MISSING', {
        field: modality,
        expected: 'at least one utterance of the training split with this modality',
        got: 'none',
      })
    }
    normalisation[modality] = statisticsOf(moments, options.unscaled?.includes(modality) ?? false)
  }
  return normalisation
}

/** Values that were imputed, by modality: what a report says about the data. */
export function imputedValues(normalisation: Normalisation): PerModality<number> {
  const counts: PerModality<number> = {}
  for (const [modality, statistics] of Object.entries(normalisation) as [Modality, ModalityStatistics][]) {
    counts[modality] = statistics.imputed.reduce((sum, count) => sum + count, 0)
  }
  return counts
}

/** Of the finite values. */
interface Moments extends ColumnMoments {
  utterances: number
}

function addToMoments(moments: Moments, vector: Float32Array, place: string): void {
  const size = moments.mean.length
  if (vector.length !== size) {
    throw new EmographError('EMO_FEATURE_SIZE', {
      field: place,
      expected: `${size} numbers, as in the utterances before it`,
      got: `${vector.length} numbers`,
    })
  }
  moments.utterances += 1
  for (let column = 0; column < size; column++) {
    const value = vector[column]!
    if (Number.isFinite(value)) addValue(moments, column, value)
  }
}

function statisticsOf(moments: Moments, unscaled: boolean): ModalityStatistics {
  const size = moments.mean.length
  const imputed = Array.from(moments.count, (count) => moments.utterances - count)
  if (unscaled) return { mean: Array(size).fill(0), std: Array(size).fill(1), utterances: moments.utterances, imputed }
  const std = Array.from(moments.squares, (squares, column) => {
    const deviation = Math.sqrt(squares / Math.max(1, moments.count[column]!))
    // Rounding leaves a constant column a deviation of the order of its last digit; dividing by that makes noise.
    return deviation > 1e-7 * Math.max(1e-30, Math.abs(moments.mean[column]!)) && deviation > 1e-30 ? deviation : 1
  })
  return { mean: Array.from(moments.mean), std, utterances: moments.utterances, imputed }
}

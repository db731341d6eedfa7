import { addValue, type ColumnMoments, createMoments } from './column-moments.ts'
import type { ColumnStatistics } from './normalisation.ts'

/**
 * How a modality's features are scaled by their speaker. Voices and faces differ more between people than between one
 * person's emotions; taking a speaker's own mean away is the usual remedy (Busso et al. 2011, "Iterative feature
 * normalization for emotional speech detection", and the per-speaker z-scores of most IEMOCAP work).
 */
export interface SpeakerNormaliserOptions {
  /** [D] mean and deviation of the training split: what a speaker is taken for before being heard. */
  readonly statistics: ColumnStatistics
  /**
   * How many utterances the training statistics weigh against the speaker's own. 0: only the speaker's, which makes
   * the first utterance all zeros; larger: slower to trust the speaker. 10 is about the turns of one minute of talk.
   */
  readonly priorCount: number
}

export interface SpeakerNormaliser {
  /**
   * Takes in one raw vector [D] of `speaker` and returns it scaled by what is known of that speaker so far, this
   * utterance included. Values that are not finite teach nothing and come back as 0, the speaker's mean.
   */
  add(speaker: string, vector: ArrayLike<number>): Float32Array
  /** Takes in a vector without returning it. */
  observe(speaker: string, vector: ArrayLike<number>): void
  /** What `add` would return; teaches nothing. */
  preview(speaker: string, vector: ArrayLike<number>): Float32Array
  /** The vector scaled by what is known of the speaker now; teaches nothing. */
  scale(speaker: string, vector: ArrayLike<number>): Float32Array
}

/** In training deviations. IEMOCAP's own features reach 47. */
const FARTHEST = 100

const withinReason = (value: number, mean: number, std: number): number =>
  Math.max(mean - FARTHEST * std, Math.min(mean + FARTHEST * std, value))

/**
 * Running mean and variance of each speaker, shrunk towards the training split's.
 *
 * With k = priorCount, training mean m0 and variance v0, and the n finite values x of a column that a speaker has so
 * far, of mean x̄ and summed squares S about it, the speaker's distribution is the mixture of both, weighted k : n:
 *   m = (k m0 + n x̄) / (k + n)
 *   v = (k (v0 + (m0 - m)²) + S + n (x̄ - m)²) / (k + n),   result (x - m) / √v, 0 where v is 0.
 *
 * A value further than {@link FARTHEST} from the training mean teaches as if it lay there, so that one broken measurement
 * does not flatten all that follows.
 *
 * Causal: the result for an utterance depends on it and on earlier utterances only. Holds 3 D numbers per speaker.
 * Make one for each conversation: it must not learn one person's voice under another's name.
 *
 * @example
 * const normaliser = createSpeakerNormaliser({ statistics: checkpoint.normalisation.audio, priorCount: 10 })
 * const audio = normaliser.add('Ana', features.audio)
 */
export function createSpeakerNormaliser({ statistics, priorCount }: SpeakerNormaliserOptions): SpeakerNormaliser {
  const size = statistics.mean.length
  const speakers = new Map<string, ColumnMoments>()

  const learn = (own: ColumnMoments, vector: ArrayLike<number>): void => {
    for (let column = 0; column < size; column++) {
      if (!Number.isFinite(vector[column]!)) continue
      addValue(own, column, withinReason(vector[column]!, statistics.mean[column]!, statistics.std[column]!))
    }
  }

  const scaleBy = (own: ColumnMoments | undefined, vector: ArrayLike<number>): Float32Array =>
    Float32Array.from({ length: size }, (_, column) => {
      const n = own?.count[column] ?? 0
      const total = priorCount + n
      if (total === 0) return 0
      const priorMean = statistics.mean[column]!
      const priorStd = statistics.std[column]!
      const ownMean = own?.mean[column] ?? 0
      const mean = (priorCount * priorMean + n * ownMean) / total
      const prior = priorCount * (priorStd * priorStd + (priorMean - mean) ** 2)
      const variance = (prior + (own?.squares[column] ?? 0) + n * (ownMean - mean) ** 2) / total
      const scaled = (vector[column]! - mean) / Math.sqrt(variance)
      return Number.isFinite(scaled) ? scaled : 0
    })

  const observe = (speaker: string, vector: ArrayLike<number>): ColumnMoments => {
    const own = speakers.get(speaker) ?? createMoments(size)
    speakers.set(speaker, own)
    learn(own, vector)
    return own
  }

  return {
    observe,
    scale: (speaker, vector) => scaleBy(speakers.get(speaker), vector),
    add: (speaker, vector) => scaleBy(observe(speaker, vector), vector),
    preview(speaker, vector) {
      const own = copyOf(speakers.get(speaker) ?? createMoments(size))
      learn(own, vector)
      return scaleBy(own, vector)
    },
  }
}

const copyOf = ({ count, mean, squares }: ColumnMoments): ColumnMoments => ({
  count: count.slice(),
  mean: mean.slice(),
  squares: squares.slice(),
})

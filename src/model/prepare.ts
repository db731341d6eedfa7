import { type Conversation, type Features, speakerIndices } from '../conversation/conversation.ts'
import { type LabelSetName, labelIndex } from '../conversation/label-sets.ts'
import type { Modality, PerModality } from '../conversation/modality.ts'
import { EmographError } from '../errors.ts'
import { type CorectConfig, inputSize } from './config.ts'
import type { ColumnStatistics } from './normalisation.ts'
import { createSpeakerNormaliser, type SpeakerNormaliser } from './speaker-normalisation.ts'

/**
 * One conversation as numbers, ready for a batch. N utterances; inputSize numbers per utterance of a modality.
 * Features are normalised; a row is zero where the modality is absent, and `present` says so: the model masks it.
 */
export interface PreparedConversation {
  readonly id: string
  /** N */
  readonly length: number
  /** [N * inputSize], row by row, for each modality of the model. */
  readonly features: PerModality<Float32Array>
  /** [N], 1 where the utterance has the modality. */
  readonly present: PerModality<Uint8Array>
  /** [N], speakers in the order of first appearance. */
  readonly speakers: Int32Array
  /** [N], indices in the label set, -1 for none. */
  readonly labels: Int32Array
}

export interface PrepareOptions
  extends Pick<CorectConfig, 'modalities' | 'featureSizes' | 'labelSet'>,
    Partial<Pick<CorectConfig, 'speakerViews'>> {
  /** Absent for a modality: its features are taken as they are. */
  readonly normalisation: PerModality<ColumnStatistics>
}

/**
 * A conversation as the model takes it. A modality that an utterance lacks gives a zero row with `present` 0.
 *
 * @throws EMO_FEATURE_SIZE when a vector does not have the model's size, naming conversation, utterance and modality;
 *   EMO_FEATURE_MISSING when an utterance has no modality that the model takes.
 */
export function prepareConversation(conversation: Conversation, options: PrepareOptions): PreparedConversation {
  const { utterances } = conversation
  const length = utterances.length
  const features: PerModality<Float32Array> = {}
  const present: PerModality<Uint8Array> = {}
  for (const modality of options.modalities) {
    const size = inputSize(options, modality)
    features[modality] = new Float32Array(length * size)
    present[modality] = new Uint8Array(length)
  }
  const prepare = createFeaturePreparation(options)
  utterances.forEach((utterance, i) => {
    const vectors = prepare(utterance.features, utterance.speaker, `${conversation.id}/${utterance.id}`)
    for (const modality of options.modalities) {
      const vector = vectors[modality]
      if (vector === undefined) continue
      features[modality]!.set(vector, i * vector.length)
      present[modality]![i] = 1
    }
  })
  return {
    id: conversation.id,
    length,
    features,
    present,
    speakers: speakerIndices(utterances.map((utterance) => utterance.speaker)),
    labels: labelsOf(conversation, options.labelSet),
  }
}

/**
 * Takes the raw features of a conversation's next utterance; `place` names it in errors. With `learn` false the result
 * is the same, but nothing is learnt of the speaker. Default true.
 */
export type FeaturePreparation = (
  features: Features,
  speaker: string,
  place: string,
  options?: { readonly learn: boolean },
) => PerModality<Float32Array>

/**
 * Prepares a conversation's features utterance by utterance, in order; make one for each conversation, for it learns how
 * its speakers sound. A vector x [D] becomes (x - mean) / std by the training split's statistics, with a speaker view
 * followed by the same x scaled by its speaker's own so far. NaN becomes 0, which is the mean, and an outlier is brought
 * to ±{@link LARGEST}. Only the modalities that the model takes; a missing one has no key, and a vector of which nothing
 * was measured is a missing one: all means would be a made-up observation. Causal.
 *
 * @throws EMO_FEATURE_SIZE, EMO_FEATURE_MISSING (nothing is learnt from the utterance then)
 */
export function createFeaturePreparation(
  options: Pick<PrepareOptions, 'modalities' | 'featureSizes' | 'normalisation' | 'speakerViews'>,
): FeaturePreparation {
  const { modalities, normalisation } = options
  const views = new Map<Modality, SpeakerNormaliser>()
  for (const modality of options.speakerViews ?? []) {
    const statistics = normalisation[modality] ?? unscaled(options.featureSizes[modality] ?? 0)
    views.set(modality, createSpeakerNormaliser({ statistics, priorCount: SPEAKER_PRIOR }))
  }
  return (features, speaker, place, { learn } = { learn: true }) => {
    checkFeatures(features, options, place)
    const prepared: PerModality<Float32Array> = {}
    for (const modality of modalities) {
      const vector = features[modality]
      if (vector === undefined || !isMeasured(vector)) continue
      const global = normalise(vector, normalisation[modality])
      const view = views.get(modality)
      const own = learn ? view?.add(speaker, vector) : view?.preview(speaker, vector)
      prepared[modality] = own === undefined ? global : Float32Array.from([...global, ...own.map(withinLimit)])
    }
    return prepared
  }
}

/** False for a vector without a single finite value, which says nothing of its utterance. */
export const isMeasured = (vector: Float32Array): boolean => vector.some(Number.isFinite)

/** How many utterances the training statistics weigh against a speaker's own in a speaker view. */
const SPEAKER_PRIOR = 5

/** In standard deviations: a broken microphone must not outshout everything else. */
const LARGEST = 6

const withinLimit = (value: number): number => Math.max(-LARGEST, Math.min(LARGEST, value))

const unscaled = (size: number): ColumnStatistics => ({ mean: Array(size).fill(0), std: Array(size).fill(1) })

function checkFeatures(
  features: Features,
  options: Pick<PrepareOptions, 'modalities' | 'featureSizes'>,
  place: string,
): void {
  const given = options.modalities.filter((modality) => features[modality] !== undefined)
  for (const modality of given) {
    const size = options.featureSizes[modality]!
    if (features[modality]!.length === size) continue
    throw new EmographError('EMO_FEATURE_SIZE', {
      field: `${place} ${modality}`,
      expected: `${size} numbers`,
      got: `${features[modality]!.length} numbers`,
    })
  }
  if (given.some((modality) => isMeasured(features[modality]!))) return
  throw new EmographError('EMO_FEATURE_MISSING', {
    field: place,
    expected: `features of at least one of ${options.modalities.join(', ')}`,
    got: given.length > 0 ? 'no finite value' : Object.keys(features).join(', ') || 'none',
  })
}

function normalise(vector: Float32Array, statistics: ColumnStatistics | undefined): Float32Array {
  if (statistics === undefined) return vector.map((value) => (Number.isFinite(value) ? value : 0))
  return vector.map((value, column) => {
    const scaled = (value - statistics.mean[column]!) / (statistics.std[column]! || 1)
    return Number.isFinite(scaled) ? withinLimit(scaled) : 0
  })
}

function labelsOf(conversation: Conversation, labelSet: LabelSetName): Int32Array {
  return Int32Array.from(conversation.utterances, (utterance) => labelIndex(labelSet, utterance.label))
}

/** The same conversation with a modality taken from the utterances for which `keep` is 0 (modality dropout, ablations). */
export function withoutModality(
  prepared: PreparedConversation,
  modality: Modality,
  keep: ArrayLike<number>,
): PreparedConversation {
  const features = prepared.features[modality]
  const present = prepared.present[modality]
  if (features === undefined || present === undefined) return prepared
  const size = prepared.length === 0 ? 0 : features.length / prepared.length
  const masked = features.slice()
  const left = present.map((value, i) => (keep[i] ? value : 0))
  for (let i = 0; i < prepared.length; i++) if (!left[i]) masked.fill(0, i * size, (i + 1) * size)
  return {
    ...prepared,
    features: { ...prepared.features, [modality]: masked },
    present: { ...prepared.present, [modality]: left },
  }
}

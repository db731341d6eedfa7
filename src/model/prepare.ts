import { type Conversation, type Features, speakerIndices } from '../conversation/conversation.ts'
import { type LabelSetName, labelIndex } from '../conversation/label-sets.ts'
import type { Modality, PerModality } from '../conversation/modality.ts'
import { EmographError } from '../errors.ts'
import type { CorectConfig } from './config.ts'

/**
 * One conversation as numbers, ready for a batch. N utterances; D_m numbers per utterance of modality m.
 * Features are normalised; a row is zero where the modality is absent, and `present` says so: the model masks it.
 */
export interface PreparedConversation {
  readonly id: string
  /** N */
  readonly length: number
  /** [N * D_m], row by row, for each modality of the model. */
  readonly features: PerModality<Float32Array>
  /** [N], 1 where the utterance has the modality. */
  readonly present: PerModality<Uint8Array>
  /** [N], rows of the speaker embedding table. */
  readonly speakers: Int32Array
  /** [N], indices in the label set, -1 for none. */
  readonly labels: Int32Array
}

/** Mean and standard deviation of every column, from the training split only. */
export interface ColumnStatistics {
  readonly mean: ArrayLike<number>
  readonly std: ArrayLike<number>
}

export interface PrepareOptions extends Pick<CorectConfig, 'modalities' | 'featureSizes' | 'labelSet' | 'speakers'> {
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
    const size = options.featureSizes[modality]!
    features[modality] = new Float32Array(length * size)
    present[modality] = new Uint8Array(length)
  }
  utterances.forEach((utterance, i) => {
    const vectors = prepareFeatures(utterance.features, options, `${conversation.id}/${utterance.id}`)
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
    speakers: speakerIndices(
      utterances.map((utterance) => utterance.speaker),
      options.speakers,
    ),
    labels: labelsOf(conversation, options.labelSet),
  }
}

/**
 * The features of one utterance, normalised: (x - mean) / std for each column; NaN becomes the mean, that is 0.
 * Only the modalities that the model takes; a missing one has no key. `place` names the utterance in errors.
 */
export function prepareFeatures(
  features: Features,
  options: Pick<PrepareOptions, 'modalities' | 'featureSizes' | 'normalisation'>,
  place: string,
): PerModality<Float32Array> {
  const prepared: PerModality<Float32Array> = {}
  for (const modality of options.modalities) {
    const vector = features[modality]
    if (vector === undefined) continue
    const size = options.featureSizes[modality]!
    if (vector.length !== size) {
      throw new EmographError('EMO_FEATURE_SIZE', {
        field: `${place} ${modality}`,
        expected: `${size} numbers`,
        got: `${vector.length} numbers`,
      })
    }
    prepared[modality] = normalise(vector, options.normalisation[modality])
  }
  if (Object.keys(prepared).length === 0) {
    throw new EmographError('EMO_FEATURE_MISSING', {
      field: place,
      expected: `features of at least one of ${options.modalities.join(', ')}`,
      got: Object.keys(features).join(', ') || 'none',
    })
  }
  return prepared
}

function normalise(vector: Float32Array, statistics: ColumnStatistics | undefined): Float32Array {
  return Float32Array.from(vector, (value, column) => {
    const scaled =
      statistics === undefined ? value : (value - statistics.mean[column]!) / (statistics.std[column]! || 1)
    return Number.isFinite(scaled) ? scaled : 0
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

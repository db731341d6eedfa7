import { LABEL_SETS, type LabelSetName } from '../conversation/label-sets.ts'
import type { CorectConfig } from '../model/config.ts'
import { fitNormalisation, type ModalityStatistics } from '../model/normalisation.ts'
import { createFeaturePreparation, type PreparedConversation, withoutModality } from '../model/prepare.ts'
import type { FacePool } from './face-pool.ts'
import { createRng, type Rng } from './rng.ts'
import type { VisualPairing } from './visual-pairing-config.ts'

/** What is needed of a model to prepare its visual features. */
export interface VisualTarget extends Pick<CorectConfig, 'labelSet' | 'speakerViews'> {
  readonly statistics: ModalityStatistics
}

/**
 * Conversations as they come, some with faces. Each draw comes from the seed and the conversation's place. What is given
 * is prepared as an utterance's own visual features are.
 */
export function pairFaces(
  conversations: readonly PreparedConversation[],
  faces: FacePool,
  pairing: VisualPairing,
  target: VisualTarget,
  seed: number,
): PreparedConversation[] {
  return conversations.map((conversation, index) => {
    const rng = createRng(seed, index)
    if (rng.uniform() >= pairing.conversation) return conversation
    const paired = withVisual(conversation, drawFaces(conversation, faces, pairing, target.labelSet, rng), target)
    return rng.uniform() < pairing.alone ? visualAlone(paired) : paired
  })
}

/** The raw visual vector of each utterance of a conversation with a camera, or undefined where it is not seen. */
export function drawFaces(
  { labels, speakers }: Pick<PreparedConversation, 'labels' | 'speakers'>,
  faces: FacePool,
  pairing: VisualPairing,
  labelSet: LabelSetName,
  rng: Rng,
): (Float32Array | undefined)[] {
  const resting = new Map<number, Float32Array>()
  for (const speaker of new Set(speakers)) resting.set(speaker, pick(faces.all, rng))
  return Array.from(labels, (label, i) => {
    if (rng.uniform() >= pairing.utterance) return undefined
    const any = rng.uniform() < pairing.noise
    const shown = any ? undefined : pairing.emotions[LABEL_SETS[labelSet][label] ?? '']
    const count = 1 + rng.integer(pairing.pictures)
    const pictures = Array.from({ length: count }, () => pick(facesFor(shown, faces, rng), rng))
    const own = resting.get(speakers[i]!)!
    return own.map((value, k) => {
      const mean = pictures.reduce((sum, picture) => sum + picture[k]!, 0) / count
      return pairing.resting * value + (1 - pairing.resting) * mean
    })
  })
}

/** One draw for the statistics of every run. */
const STATISTICS_SEED = 0

/** Mean and deviation of what {@link drawFaces} gives training conversations: averages vary less than single pictures. */
export function pairedStatistics(
  train: readonly Pick<PreparedConversation, 'id' | 'labels' | 'speakers'>[],
  faces: FacePool,
  pairing: VisualPairing,
  labelSet: LabelSetName,
): ModalityStatistics {
  const drawn = train.map((each, index) => ({
    id: each.id,
    utterances: drawFaces(each, faces, pairing, labelSet, createRng(STATISTICS_SEED, index)).map((visual, i) => ({
      id: String(i),
      features: visual === undefined ? {} : { visual },
    })),
  }))
  return fitNormalisation(drawn, ['visual']).visual!
}

const pick = (pictures: readonly Float32Array[], rng: Rng): Float32Array => pictures[rng.integer(pictures.length)]!

/** The pictures of one emotion, drawn by its weight; all where nothing is said. */
function facesFor(
  shown: VisualPairing['emotions'][string] | undefined,
  faces: FacePool,
  rng: Rng,
): readonly Float32Array[] {
  const weights = Object.entries(shown ?? {})
  let draw = rng.uniform() * weights.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [emotion, weight] of weights) {
    draw -= weight
    if (draw < 0) return faces.byEmotion.get(emotion)!
  }
  return faces.all
}

/** The conversation with these raw vectors for its visual features. */
function withVisual(
  conversation: PreparedConversation,
  vectors: readonly (Float32Array | undefined)[],
  { statistics, speakerViews }: VisualTarget,
): PreparedConversation {
  const prepare = createFeaturePreparation({
    modalities: ['visual'],
    featureSizes: { visual: statistics.mean.length },
    normalisation: { visual: statistics },
    speakerViews: speakerViews.filter((modality) => modality === 'visual'),
  })
  const features = new Float32Array(conversation.features.visual!.length)
  const present = new Uint8Array(conversation.length)
  vectors.forEach((vector, i) => {
    if (vector === undefined) return
    const prepared = prepare({ visual: vector }, String(conversation.speakers[i]), conversation.id).visual!
    features.set(prepared, i * prepared.length)
    present[i] = 1
  })
  return {
    ...conversation,
    features: { ...conversation.features, visual: features },
    present: { ...conversation.present, visual: present },
  }
}

/** Without words and sound where there is a face; utterances that are not seen keep what they have. */
function visualAlone(conversation: PreparedConversation): PreparedConversation {
  const keep = conversation.present.visual!.map((seen) => 1 - seen)
  return withoutModality(withoutModality(conversation, 'text', keep), 'audio', keep)
}

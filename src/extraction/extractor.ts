import type { Conversation, Features, Utterance } from '../conversation/conversation.ts'
import type { Modality } from '../conversation/modality.ts'
import type { FeatureDescriptions } from '../datasets/feature-descriptions.ts'
import { createAudioEncoder } from '../encoders/audio/audio-encoder.ts'
import { loadCalibration } from '../encoders/audio/calibration.ts'
import { parseEncoderName } from '../encoders/text/encoder-name.ts'
import { createTextEncoder, type TextEncoder } from '../encoders/text/text-encoder.ts'
import { loadDescriptorProjection } from '../encoders/visual/descriptor-projection.ts'
import { createFaceEncoder } from '../encoders/visual/face-encoder.ts'
import { createVisualEncoder } from '../encoders/visual/visual-encoder.ts'
import { createVisualRecogniser } from '../recognisers/face/visual-recogniser.ts'
import { useBackend } from '../tensor/backend.ts'
import { type Extracted, extractAudio } from './audio-features.ts'
import type {
  ExtractionJob,
  ExtractorOptions,
  JobResult,
  MissingModality,
  Picture,
  UtteranceMedia,
  VideoCut,
} from './job.ts'
import { extractPictures } from './picture-features.ts'
import { extractVisual } from './visual-features.ts'

/** The encoders of an extraction, loaded once a thread. */
export interface Extractor {
  /** The job's conversations with the features that could be had; one job at a time. */
  run(job: ExtractionJob): Promise<JobResult>
  dispose(): Promise<void>
}

/** @throws EMO_ENCODER_UNAVAILABLE when weights of a wanted modality are not there. */
export async function createExtractor(options: ExtractorOptions): Promise<Extractor> {
  const wants = (modality: Modality): boolean => options.modalities.includes(modality)
  const text = wants('text') ? await createTextEncoder(parseEncoderName(options.textEncoder)) : undefined
  const audio = wants('audio')
    ? createAudioEncoder(options.calibratedAudio ? { calibration: loadCalibration() } : {})
    : undefined
  const { framesPerSecond } = options
  const faces = wants('visual') ? await createFaceEncoder() : undefined
  const recogniser = faces && options.faceRecogniser && (await openRecogniser(options.faceRecogniser.folder))
  const visual = faces && (await createVisualEncoder({ framesPerSecond, faces, ...(recogniser && { recogniser }) }))
  const project = faces && (await loadDescriptorProjection())

  const features: FeatureDescriptions = {
    ...(text && { text: { encoder: text.name } }),
    ...(audio && { audio: { encoder: audio.name, columns: [...audio.columns] } }),
    ...(visual && { visual: { encoder: visual.name, columns: [...visual.columns] } }),
  }
  return {
    async run({ conversations, media }) {
      const utterances = conversations.flatMap((conversation, c) =>
        conversation.utterances.map((utterance, u) => ({ conversation, utterance, media: media[c]![u]! })),
      )
      const found = new Map<Modality, Extracted[]>()
      if (text) found.set('text', await extractText(utterances, text))
      if (audio) found.set('audio', await extractCuts(utterances, 'audio', (cuts) => extractAudio(cuts, audio)))
      if (visual && project) {
        const extract = (cuts: VideoCut[]) => extractVisual(cuts, visual, framesPerSecond)
        const videos = await extractCuts(utterances, 'video', extract)
        const see = (some: Picture[]) => extractPictures(some, faces, project, recogniser)
        const pictures = await extractCuts(utterances, 'picture', see)
        found.set(
          'visual',
          utterances.map(({ media }, k) => (media.picture ? pictures[k]! : videos[k]!)),
        )
      }
      return { ...assemble(conversations, found), features }
    },
    async dispose() {
      await text?.dispose()
      await visual?.dispose()
      await faces?.dispose()
      recogniser?.dispose()
    },
  }
}

/** On the backend that is everywhere, so that threads and machines give the same. */
async function openRecogniser(folder: string): ReturnType<typeof createVisualRecogniser> {
  await useBackend('wasm')
  return createVisualRecogniser(folder)
}

interface UtteranceOfJob {
  readonly conversation: Conversation
  readonly utterance: Utterance
  readonly media: UtteranceMedia
}

async function extractText(utterances: readonly UtteranceOfJob[], encoder: TextEncoder): Promise<Extracted[]> {
  const extracted: Extracted[] = []
  for (const { utterance } of utterances) {
    const words = utterance.text ?? ''
    if (words.trim() === '') extracted.push({ reason: 'no words' })
    else extracted.push({ features: (await encoder.encode([words]))[0]! })
  }
  return extracted
}

/** What `extract` makes of the cuts that are there, beside the utterances that have none. */
async function extractCuts<K extends 'audio' | 'video' | 'picture'>(
  utterances: readonly UtteranceOfJob[],
  kind: K,
  extract: (cuts: NonNullable<UtteranceMedia[K]>[]) => Promise<Extracted[]>,
): Promise<Extracted[]> {
  const cuts = utterances.map(({ media }) => media[kind])
  const results = (await extract(cuts.filter((cut) => cut !== undefined))).values()
  return cuts.map((cut) => (cut === undefined ? { reason: `no ${kind} file` } : results.next().value!))
}

/** The conversations with their features; `found` has one entry an utterance of all of them in order. */
function assemble(
  conversations: readonly Conversation[],
  found: ReadonlyMap<Modality, readonly Extracted[]>,
): Omit<JobResult, 'features'> {
  const missing: MissingModality[] = []
  const damaged: Omit<MissingModality, 'reason'>[] = []
  let index = 0
  const complete = conversations.map((conversation) => ({
    ...conversation,
    utterances: conversation.utterances.map((utterance) => {
      const features: Features = {}
      for (const [modality, extracted] of found) {
        const result = extracted[index]!
        const place = { conversation: conversation.id, utterance: utterance.id, modality }
        if ('features' in result) {
          features[modality] = result.features
          if (result.damaged) damaged.push(place)
        } else missing.push({ ...place, reason: result.reason })
      }
      index += 1
      return { ...utterance, features }
    }),
  }))
  return { conversations: complete, missing, damaged }
}

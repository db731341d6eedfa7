import type { Modality, PerModality } from '../../conversation/modality.ts'
import { arrangeColumns } from '../../datasets/arrange-columns.ts'
import { type AudioEncoder, createAudioEncoder } from '../../encoders/audio/audio-encoder.ts'
import { loadCalibration } from '../../encoders/audio/calibration.ts'
import { createVoiceActivityDetector, type VoiceActivityDetector } from '../../encoders/audio/vad/silero.ts'
import type { SpeechRecogniser } from '../../encoders/speech/speech-recogniser.ts'
import { VISUAL_COLUMNS } from '../../encoders/visual/pooling.ts'
import { createVisualEncoder, type VisualEncoder } from '../../encoders/visual/visual-encoder.ts'
import { createLookQueue, type LookQueue } from './look-queue.ts'
import { createTimeSlicer, type TimeSlicer } from './time-slicer.ts'

/** What turns media into the features that the served model takes; one for all sessions of a server. */
export interface MediaEncoders {
  /** Absent where the model hears nothing, or takes columns that sound does not give. */
  readonly audio?: AudioEncoder | undefined
  /** Absent where the model sees nothing. Its models are loaded when the first picture is looked at. */
  readonly visual?: LazyVisualEncoder | undefined
  readonly voiceActivity: () => Promise<VoiceActivityDetector>
  readonly speech?: SpeechRecogniser | undefined
  /** An encoder's features in the columns of the model; columns that the encoder does not make are not available (NaN). */
  readonly arrange: (modality: 'audio' | 'visual', features: Float32Array) => Float32Array
  readonly slicer: TimeSlicer
  readonly looks: LookQueue
  dispose(): Promise<void>
}

export type LazyVisualEncoder = Pick<VisualEncoder, 'see' | 'encode'>

/** What the encoders are chosen by: what the checkpoint says of its features. */
export interface EncodedModel {
  readonly modalities: readonly Modality[]
  readonly featureSizes: PerModality<number>
  readonly featureColumns: PerModality<readonly string[]>
  /** The names of the encoders that made the features that the model learned from, where it knows them. */
  readonly featureEncoders: PerModality<string>
}

export interface MediaEncoderOptions {
  readonly framesPerSecond?: number
  /** Writes the text where the server cuts the utterances; without one they have none. It stays the caller's. */
  readonly speech?: SpeechRecogniser | undefined
  /** Stand for the real ones; they stay the caller's. */
  readonly audio?: AudioEncoder
  readonly visual?: VisualEncoder
  readonly voiceActivity?: VoiceActivityDetector
}

/** The name of the encoder whose features stay on their own scale: without the calibration to published ones. */
const UNCALIBRATED = 'egemaps-v1'

/**
 * The encoders that the model's modalities need, as `emograph extract` uses them: audio on the scale of the published
 * columns (models/egemaps-iemocap) unless the model learned from ours as they are; columns by name, and those that the
 * encoder does not make as not available.
 *
 * What is heavy is loaded when it is first asked for, so that a server that is sent texts alone stays light.
 */
export function createMediaEncoders(model: EncodedModel, options: MediaEncoderOptions = {}): MediaEncoders {
  const { framesPerSecond = 5 } = options
  const audio = options.audio ?? createAudioEncoder(isCalibrated(model) ? { calibration: loadCalibration() } : {})
  const visualOf = options.visual?.columns ?? VISUAL_COLUMNS
  const visual = once(async () => options.visual ?? (await createVisualEncoder({ framesPerSecond })))
  const voiceActivity = once(async () => options.voiceActivity ?? (await createVoiceActivityDetector()))

  return {
    ...(takes(model, 'audio', audio.columns) && { audio }),
    ...(takes(model, 'visual', visualOf) && { visual: lazyVisualEncoder(visual.get) }),
    voiceActivity: voiceActivity.get,
    speech: options.speech,
    arrange(modality, features) {
      const wanted = model.featureColumns[modality]
      return wanted ? arrangeColumns(features, modality === 'audio' ? audio.columns : visualOf, wanted) : features
    },
    slicer: createTimeSlicer(),
    looks: createLookQueue(),
    async dispose() {
      if (options.visual === undefined) await (await visual.made())?.dispose()
      if (options.voiceActivity === undefined) await (await voiceActivity.made())?.dispose()
    },
  }
}

/** As `emograph extract`, which calibrates unless it is told not to. */
const isCalibrated = ({ featureEncoders }: EncodedModel): boolean => featureEncoders.audio !== UNCALIBRATED

/** Whether the model takes features of which the encoder makes at least some. */
function takes(model: EncodedModel, modality: 'audio' | 'visual', own: readonly string[]): boolean {
  if (!model.modalities.includes(modality)) return false
  const wanted = model.featureColumns[modality]
  return wanted ? wanted.some((name) => own.includes(name)) : model.featureSizes[modality] === own.length
}

/** @throws what `load` throws, where a picture is looked at */
function lazyVisualEncoder(load: () => Promise<VisualEncoder>): LazyVisualEncoder {
  return {
    see(timeMs, decode) {
      const { get } = once(async () => (await load()).see(timeMs, decode))
      return { timeMs, faces: async () => (await get()).faces(), look: async () => (await get()).look() }
    },
    encode: async (frames, options) => (await load()).encode(frames, options),
  }
}

/** What is made when it is first asked for; a failure is not kept, so that the next who asks tries again. */
function once<T>(make: () => Promise<T>): {
  readonly get: () => Promise<T>
  readonly made: () => Promise<T | undefined>
} {
  let made: Promise<T> | undefined
  return {
    get() {
      made ??= make().catch((error: unknown) => {
        made = undefined
        throw error
      })
      return made
    },
    made: async () => made,
  }
}

import type { Modality, PerModality } from '../../conversation/modality.ts'
import { arrangeColumns } from '../../datasets/arrange-columns.ts'
import { type AudioEncoder, createAudioEncoder } from '../../encoders/audio/audio-encoder.ts'
import { loadCalibration } from '../../encoders/audio/calibration.ts'
import { createVoiceActivityDetector, type VoiceActivityDetector } from '../../encoders/audio/vad/silero.ts'
import { decodeImage, type ImageLimits } from '../../encoders/media/image.ts'
import type { SpeechRecogniser } from '../../encoders/speech/speech-recogniser.ts'
import type { FrameLook } from '../../encoders/visual/frame-look.ts'
import { createLookUtterance, type VisualEncoding } from '../../encoders/visual/look-utterance.ts'
import { APPEARANCE_COLUMNS, VISUAL_COLUMNS } from '../../encoders/visual/pooling.ts'
import { createThreadedLooks } from '../../encoders/visual/threaded-looks.ts'
import type { VisualEncoder } from '../../encoders/visual/visual-encoder.ts'
import { createLookQueue, type LookQueue } from './look-queue.ts'
import { createTimeSlicer, type TimeSlicer } from './time-slicer.ts'

/** What turns media into the features that the served model takes; one for all sessions of a server. */
export interface MediaEncoders {
  /** Absent where the model hears nothing, or takes columns that sound does not give. */
  readonly audio?: AudioEncoder | undefined
  /** Absent where the model sees nothing. Its models are loaded when the first picture is looked at. */
  readonly visual?: PictureEncoder | undefined
  readonly voiceActivity: () => Promise<VoiceActivityDetector>
  readonly speech?: SpeechRecogniser | undefined
  /** An encoder's features in the columns of the model; columns that the encoder does not make are not available (NaN). */
  readonly arrange: (modality: 'audio' | 'visual', features: Float32Array) => Float32Array
  readonly slicer: TimeSlicer
  readonly looks: LookQueue
  dispose(): Promise<void>
}

/** Pictures in, what is seen of them pooled. */
export interface PictureEncoder {
  /** A picture of a stream, decoded and looked at when it is first asked for. */
  see(timeMs: number, jpeg: Uint8Array, limits: ImageLimits): FrameLook
  encode(frames: readonly FrameLook[]): Promise<VisualEncoding>
}

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
  const threaded =
    options.visual === undefined && takes(model, 'visual', visualOf)
      ? threadedEncoder(model, framesPerSecond)
      : undefined
  const voiceActivity = lazily(async () => options.voiceActivity ?? (await createVoiceActivityDetector()))

  return {
    ...(takes(model, 'audio', audio.columns) && { audio }),
    ...(takes(model, 'visual', visualOf) && { visual: options.visual ? pictureEncoderOf(options.visual) : threaded }),
    voiceActivity: voiceActivity.get,
    speech: options.speech,
    arrange(modality, features) {
      const wanted = model.featureColumns[modality]
      return wanted ? arrangeColumns(features, modality === 'audio' ? audio.columns : visualOf, wanted) : features
    },
    slicer: createTimeSlicer(),
    looks: createLookQueue(),
    async dispose() {
      await threaded?.dispose()
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

/** The face models on their own thread; without those that the model has no use for. */
function threadedEncoder(model: EncodedModel, framesPerSecond: number): PictureEncoder & { dispose(): Promise<void> } {
  const wanted = model.featureColumns.visual ?? VISUAL_COLUMNS
  const looks = createThreadedLooks({ appearance: wanted.some((name) => APPEARANCE_COLUMNS.includes(name)) })
  return {
    see: looks.see,
    async encode(frames) {
      const utterance = createLookUtterance({ framesPerSecond, minimumFrames: 1, classes: 0 })
      for (const frame of frames) await utterance.push(frame)
      return utterance.end()
    },
    dispose: looks.dispose,
  }
}

/** A visual encoder on this thread. */
export const pictureEncoderOf = (encoder: VisualEncoder): PictureEncoder => ({
  see: (timeMs, jpeg, limits) => encoder.see(timeMs, () => decodeImage(jpeg, limits)),
  encode: (frames) => encoder.encode(frames),
})

/** What is made when it is first asked for; a failure is not kept, so that the next who asks tries again. */
function lazily<T>(make: () => Promise<T>): {
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

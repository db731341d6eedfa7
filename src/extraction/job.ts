import type { Conversation } from '../conversation/conversation.ts'
import type { Modality } from '../conversation/modality.ts'
import type { FeatureDescriptions } from '../datasets/feature-descriptions.ts'
import type { Side } from '../encoders/media/video-frame.ts'

/** Where an utterance is heard or seen: from `fromMs` up to `toMs` of the file, or the whole of it. */
interface Cut {
  readonly file: string
  readonly fromMs?: number
  readonly toMs?: number
}

export interface AudioCut extends Cut {
  /** The mean of all channels, or one of them, from 0; of a file with fewer channels the last. */
  readonly channel: number | 'mix'
}

export interface VideoCut extends Cut {
  /** The half of the picture that shows the speaker; without it the whole picture. */
  readonly side?: Side
}

/** A single picture of the speaker. */
export interface Picture {
  readonly file: string
}

export interface UtteranceMedia {
  readonly audio?: AudioCut
  readonly video?: VideoCut
  /** Instead of a video. */
  readonly picture?: Picture
}

/**
 * The smallest piece of work, done by one thread and kept as one part: conversations that share their media. Plain data,
 * so that it can go to a thread and be digested.
 */
export interface ExtractionJob {
  readonly id: string
  /** Without features. */
  readonly conversations: readonly Conversation[]
  /** [conversation][utterance] */
  readonly media: readonly (readonly UtteranceMedia[])[]
}

/** A modality that an utterance does not have, and why. */
export interface MissingModality {
  readonly conversation: string
  readonly utterance: string
  readonly modality: Modality
  readonly reason: string
}

export interface JobResult {
  readonly conversations: readonly Conversation[]
  readonly missing: readonly MissingModality[]
  /** Features that were made of what could be read of a file that is cut off or broken. */
  readonly damaged: readonly Omit<MissingModality, 'reason'>[]
  /** What made the features. */
  readonly features: FeatureDescriptions
}

/** What a source is made into: the jobs, in the order of the output, and what was odd about the source. */
export interface ExtractionSource {
  readonly jobs: readonly ExtractionJob[]
  /** Sentences for people. */
  readonly remarks: readonly string[]
}

/** What makes the features; it decides the output together with the source. */
export interface ExtractorOptions {
  readonly modalities: readonly Modality[]
  /** A name that `parseEncoderName` takes. */
  readonly textEncoder: string
  /** Audio on the scale of the published IEMOCAP columns (encoders/audio/calibration.ts). */
  readonly calibratedAudio: boolean
  /** Video frames a second that are looked at, at most. */
  readonly framesPerSecond: number
  /** A trained recogniser of faces, whose probabilities become visual columns; its weights decide the output. */
  readonly faceRecogniser?: { readonly folder: string; readonly sha256: string } | undefined
}

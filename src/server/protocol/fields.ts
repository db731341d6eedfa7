import { z } from 'zod'
import { timeMsSchema } from '../../conversation/conversation.ts'
import type { MediaKind } from './media-frame.ts'

/** The version that the address and `session.created` name. */
export const PROTOCOL_VERSION = 'v1'

/** Where a WebSocket of this protocol connects. */
export const SESSION_PATH = '/v1/session'

/** Sizes that hold for every message, whatever the server's configuration. */
export const MAX_ID_LENGTH = 128
export const MAX_NAME_LENGTH = 256
export const MAX_TEXT_LENGTH = 8_192
const MAX_FEATURE_LENGTH = 8_192

export const MAX_MEDIA_OFFSET_MS = 24 * 3_600_000

/** `client`: the transcripts' utterances are the units; `server`: voice activity cuts them. */
export const SEGMENTATIONS = ['client', 'server'] as const
export type Segmentation = (typeof SEGMENTATIONS)[number]

/** What `transcript.import` takes. */
export const TRANSCRIPT_FORMATS = ['deepgram', 'assemblyai', 'zoom_rtms', 'webvtt'] as const
export type TranscriptFormat = (typeof TRANSCRIPT_FORMATS)[number]

/** What a binary frame holds: `MediaKind` of media-frame.ts, which browsers use without schemas. */
export const mediaKindSchema = z.enum(['audio', 'image'] satisfies MediaKind[])

export const idSchema = z.string().min(1).max(MAX_ID_LENGTH)

/** The client's own name for a message; every direct answer to it carries the same. */
export const requestIdSchema = idSchema.optional()

/**
 * Number of a server message in its session, from 1, without gaps. Messages that are kept for a client that resumes take
 * a number each; those that are not (interim labels, `pong`, `quality`, `rate_limited`, `media.dropped`, refusals) carry
 * the number of the kept one before them, so that the last `seq` seen is always what `session.resume` has to say.
 */
export const seqSchema = z.int().positive()

export const wireTimeSchema = timeMsSchema

/** The largest float32: a number beyond it would silently become a value that was not measured. */
const LARGEST_FLOAT32 = 3.4028234663852886e38

/** One modality's vector [D]. `null` stands for a value that could not be measured (JSON has no NaN). */
const wireVectorSchema = z
  .array(z.number().min(-LARGEST_FLOAT32).max(LARGEST_FLOAT32).nullable())
  .min(1)
  .max(MAX_FEATURE_LENGTH)

export const wireFeaturesSchema = z.object({
  text: wireVectorSchema.optional(),
  audio: wireVectorSchema.optional(),
  visual: wireVectorSchema.optional(),
})
export type WireFeatures = z.infer<typeof wireFeaturesSchema>

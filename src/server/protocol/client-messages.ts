import { z } from 'zod'
import { modeSchema } from '../../conversation/mode.ts'
import {
  idSchema,
  MAX_MEDIA_OFFSET_MS,
  MAX_NAME_LENGTH,
  MAX_TEXT_LENGTH,
  requestIdSchema,
  SEGMENTATIONS,
  TRANSCRIPT_FORMATS,
  wireFeaturesSchema,
  wireTimeSchema,
} from './fields.ts'

/** What a client may send, protocol v1. Unknown fields are ignored, so that a newer client meets an older server. */

export const participantSchema = z.object({
  id: idSchema,
  name: z.string().max(MAX_NAME_LENGTH).optional(),
  /** Added to the times of this participant's binary frames: their clock against that of the transcripts. */
  media_offset_ms: z.int().min(-MAX_MEDIA_OFFSET_MS).max(MAX_MEDIA_OFFSET_MS).optional(),
})
export type WireParticipant = z.infer<typeof participantSchema>

/** First of all: participants and consent. Later, in part: most of all `mode`. */
export const sessionUpdateSchema = z
  .object({
    type: z.literal('session.update'),
    request_id: requestIdSchema,
    mode: modeSchema.optional(),
    /** A name of a label set; the server answers which it has when it has not this one. */
    label_set: idSchema.optional(),
    participants: z.array(participantSchema).optional(),
    consent: z.boolean().optional(),
    /** What the labels are for, as the participants were told. Required with `consent: true`. */
    purpose: z.string().trim().min(1).max(512).optional(),
    /** Who says where utterances begin and end: the client's transcripts, or the server's voice activity detection. */
    segmentation: z.enum(SEGMENTATIONS).optional(),
    /** Labels of utterances that are still being spoken, at most one a second for each participant. */
    interim_labels: z.boolean().optional(),
    /** Labels with the attention that fed them. */
    explain: z.boolean().optional(),
    /** Keep audio and pictures with the conversation, until it is deleted; otherwise they are never written down. */
    store_media: z.boolean().optional(),
  })
  .refine((message) => message.consent !== true || message.purpose !== undefined, {
    path: ['purpose'],
    error: 'consent needs a purpose',
  })

export const participantUpdateSchema = z.object({
  type: z.literal('participant.update'),
  request_id: requestIdSchema,
  participant: idSchema,
  name: z.string().max(MAX_NAME_LENGTH).optional(),
})

export const transcriptSchema = z
  .object({
    type: z.literal('transcript'),
    request_id: requestIdSchema,
    participant: idSchema,
    /** The client's name for the utterance; the server makes one when it is left away. */
    utterance_id: idSchema.optional(),
    text: z.string().max(MAX_TEXT_LENGTH).default(''),
    start_ms: wireTimeSchema,
    end_ms: wireTimeSchema,
    final: z.boolean().default(true),
    /** Precomputed features; a text vector here takes the place of the server's text encoder. */
    features: wireFeaturesSchema.optional(),
  })
  .refine((message) => message.end_ms >= message.start_ms, {
    path: ['end_ms'],
    error: 'the utterance ends before it starts',
  })

/** The participant has stopped speaking: the last interim transcript is the final one. */
export const utteranceEndSchema = z.object({
  type: z.literal('utterance.end'),
  request_id: requestIdSchema,
  participant: idSchema,
  end_ms: wireTimeSchema.optional(),
})

/** A message of another recogniser, or a WebVTT file, as it came: what it says becomes transcripts. */
export const transcriptImportSchema = z.object({
  type: z.literal('transcript.import'),
  request_id: requestIdSchema,
  format: z.enum(TRANSCRIPT_FORMATS),
  /** Who speaks, where the message does not name a speaker. */
  participant: idSchema.optional(),
  /** Added to its times. */
  offset_ms: z.int().min(-MAX_MEDIA_OFFSET_MS).max(MAX_MEDIA_OFFSET_MS).default(0),
  /** The recogniser's JSON message, or the text of a WebVTT file or block; the adapter's own schema checks it. */
  payload: z.unknown(),
})

export const sessionCloseSchema = z.object({ type: z.literal('session.close'), request_id: requestIdSchema })

export const sessionResumeSchema = z.object({
  type: z.literal('session.resume'),
  request_id: requestIdSchema,
  session_id: idSchema,
  token: z.string().max(1_024),
  /** 0: nothing has been seen. */
  last_seq: z.int().nonnegative(),
})

export const pingSchema = z.object({ type: z.literal('ping'), request_id: requestIdSchema })

export const clientMessageSchema = z.discriminatedUnion('type', [
  sessionUpdateSchema,
  participantUpdateSchema,
  transcriptSchema,
  utteranceEndSchema,
  transcriptImportSchema,
  sessionCloseSchema,
  sessionResumeSchema,
  pingSchema,
])

export type SessionUpdate = z.infer<typeof sessionUpdateSchema>
export type ParticipantUpdate = z.infer<typeof participantUpdateSchema>
export type Transcript = z.infer<typeof transcriptSchema>
export type UtteranceEnd = z.infer<typeof utteranceEndSchema>
export type TranscriptImport = z.infer<typeof transcriptImportSchema>
export type SessionResume = z.infer<typeof sessionResumeSchema>
export type ClientMessage = z.infer<typeof clientMessageSchema>
export type ClientMessageType = ClientMessage['type']

/** A message as a client writes it: what has a default may be left away. */
export type ClientMessageInput = z.input<typeof clientMessageSchema>

export const CLIENT_MESSAGE_TYPES: readonly ClientMessageType[] = [
  'session.update',
  'participant.update',
  'transcript',
  'utterance.end',
  'transcript.import',
  'session.close',
  'session.resume',
  'ping',
]

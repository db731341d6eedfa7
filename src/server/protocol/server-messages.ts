import { z } from 'zod'
import { labelSetNameSchema } from '../../conversation/label-sets.ts'
import { modalitySchema } from '../../conversation/modality.ts'
import { modeSchema } from '../../conversation/mode.ts'
import { participantSchema } from './client-messages.ts'
import {
  idSchema,
  mediaKindSchema,
  PROTOCOL_VERSION,
  requestIdSchema,
  SEGMENTATIONS,
  seqSchema,
  wireTimeSchema,
} from './fields.ts'

/** What the server sends, protocol v1: each message with `seq`, and with `request_id` where it answers one that had it. */

const head = { seq: seqSchema, request_id: requestIdSchema }

/** The probability of each label, in the order of the label set; they sum to 1. */
export const probabilitiesSchema = z.array(z.object({ name: z.string(), probability: z.number().min(0).max(1) }))

export const sessionCreatedSchema = z.object({
  ...head,
  type: z.literal('session.created'),
  session_id: z.string(),
  /** The key to this session: for `session.resume` and for its addresses under `/v1/sessions/`. Told once. */
  token: z.string(),
  protocol: z.literal(PROTOCOL_VERSION),
  model: z.object({
    name: z.string(),
    label_set: labelSetNameSchema,
    labels: z.array(z.string()),
    modes: z.array(modeSchema),
    modalities: z.array(modalitySchema),
    /** Length of a precomputed vector, for each modality that the model knows. */
    feature_sizes: z.partialRecord(modalitySchema, z.int().positive()),
    /** The name of the encoder that turns `text` into features, null when only precomputed text features are taken. */
    text_encoder: z.string().nullable(),
    /** The name of the speech recogniser that writes the text with `segmentation: "server"`, null when there is none. */
    speech_recogniser: z.string().nullable(),
  }),
  limits: z.object({
    message_bytes: z.int(),
    pending_utterances: z.int(),
    participants: z.int(),
    history_utterances: z.int(),
    /** Bytes of one binary frame, its six bytes of head included. */
    frame_bytes: z.int(),
    /** Pictures of one participant that are looked at in a second; more are dropped. */
    frames_per_second: z.number(),
    /** How long the session waits for `session.resume` after its connection is lost. */
    resume_ms: z.int(),
  }),
})

export const sessionUpdatedSchema = z.object({
  ...head,
  type: z.literal('session.updated'),
  mode: modeSchema,
  label_set: labelSetNameSchema,
  /** In the order in which they were named: the position is the index of the binary frames. */
  participants: z.array(participantSchema),
  consent: z.boolean(),
  purpose: z.string().optional(),
  segmentation: z.enum(SEGMENTATIONS),
  interim_labels: z.boolean(),
  explain: z.boolean(),
  store_media: z.boolean(),
})

/** The answer to `session.resume`, after every kept message that the client had not seen, each with its own number. */
export const sessionResumedSchema = z.object({
  ...head,
  type: z.literal('session.resumed'),
  session_id: z.string(),
  /** How many missed messages came before this one. */
  replayed: z.int().nonnegative(),
  /** Up to where each participant's media is in the server's hands: what is later has to be sent again. */
  media: z.array(z.object({ participant: idSchema, audio_ms: wireTimeSchema, video_ms: wireTimeSchema })),
})

export const utteranceStartSchema = z.object({
  ...head,
  type: z.literal('utterance.start'),
  utterance_id: idSchema,
  participant: idSchema,
  start_ms: wireTimeSchema,
})

/** One edge of the graph: which earlier utterance and modality fed which modality of the labelled one, and how much. */
export const attentionEdgeSchema = z.object({
  utterance_id: idSchema,
  modality: modalitySchema,
  target: modalitySchema,
  share: z.number().min(0).max(1),
})

export const utteranceLabelSchema = z.object({
  ...head,
  type: z.literal('utterance.label'),
  utterance_id: idSchema,
  participant: idSchema,
  text: z.string(),
  start_ms: wireTimeSchema,
  end_ms: wireTimeSchema,
  label: z.string(),
  probabilities: probabilitiesSchema,
  /** The modalities that the model has used. */
  modalities: z.array(modalitySchema),
  mode: modeSchema,
  /** True when the label will not change any more: in live mode, once the utterance is whole. */
  final: z.boolean(),
  /** True while the utterance is still being spoken; its label follows. */
  interim: z.boolean(),
  /** From the receipt of what made the utterance whole to the sending of this message. */
  latency_ms: z.number().nonnegative(),
  /** Why a modality that the model knows and the session streams was not used. */
  missing: z.partialRecord(modalitySchema, z.string()).optional(),
  /** With `explain`, in live mode: the graph's edges into this utterance, their shares summing to 1 for each target. */
  attention: z.array(attentionEdgeSchema).optional(),
})

export const utteranceRevisedSchema = z.object({
  ...head,
  type: z.literal('utterance.revised'),
  utterance_id: idSchema,
  participant: idSchema,
  label: z.string(),
  previous_label: z.string(),
  probabilities: probabilitiesSchema,
  modalities: z.array(modalitySchema),
  mode: modeSchema,
  final: z.boolean(),
})

/** Steps of the quality controller, best first. */
export const QUALITY_LEVELS = ['full', 'less_video', 'no_video', 'no_interim', 'text_only'] as const
export type QualityLevel = (typeof QUALITY_LEVELS)[number]

/** The server does less, or more again, so that labels stay in time. */
export const qualitySchema = z.object({
  ...head,
  type: z.literal('quality'),
  level: z.enum(QUALITY_LEVELS),
  /** What made it step: the measure that is worst. */
  reason: z.enum(['event_loop', 'cpu', 'queue_age', 'recovered']),
  lag_ms: z.number().nonnegative(),
  /** Share of one core's time, above 1 with several threads. */
  cpu: z.number().nonnegative(),
  queue_age_ms: z.number().nonnegative(),
})

/** The client sends faster than it is served. What it has sent is kept; the server reads on after `retry_after_ms`. */
export const rateLimitedSchema = z.object({
  ...head,
  type: z.literal('rate_limited'),
  reason: z.enum(['messages', 'bytes', 'pending', 'faster_than_real_time']),
  retry_after_ms: z.int().nonnegative(),
})

/** Media that was not used, added up: at most one message a second for each participant, kind and reason. */
export const mediaDroppedSchema = z.object({
  ...head,
  type: z.literal('media.dropped'),
  participant: idSchema,
  kind: mediaKindSchema,
  /** `late`: its time was over; `ahead`: too far in the future; `duplicate`; `invalid`: not what it says; `overload`. */
  reason: z.enum(['late', 'ahead', 'duplicate', 'invalid', 'overload']),
  frames: z.int().positive(),
  /** Of the first of them. */
  start_ms: wireTimeSchema,
})

export const CLOSE_REASONS = ['client', 'shutdown', 'expired', 'deleted'] as const

export const sessionClosedSchema = z.object({
  ...head,
  type: z.literal('session.closed'),
  reason: z.enum(CLOSE_REASONS),
  /** How many utterances were labelled. */
  utterances: z.int().nonnegative(),
})

export const errorMessageSchema = z.object({
  ...head,
  type: z.literal('error'),
  /** A code of docs/errors.md. */
  code: z.string(),
  message: z.string(),
  /** True when the server closes the connection after this message. */
  fatal: z.boolean(),
  utterance_id: idSchema.optional(),
})

export const pongSchema = z.object({ ...head, type: z.literal('pong') })

export const serverMessageSchema = z.discriminatedUnion('type', [
  sessionCreatedSchema,
  sessionUpdatedSchema,
  sessionResumedSchema,
  utteranceStartSchema,
  utteranceLabelSchema,
  utteranceRevisedSchema,
  qualitySchema,
  rateLimitedSchema,
  mediaDroppedSchema,
  sessionClosedSchema,
  errorMessageSchema,
  pongSchema,
])

export type SessionCreated = z.infer<typeof sessionCreatedSchema>
export type SessionUpdated = z.infer<typeof sessionUpdatedSchema>
export type SessionResumed = z.infer<typeof sessionResumedSchema>
export type AttentionEdge = z.infer<typeof attentionEdgeSchema>
export type Quality = z.infer<typeof qualitySchema>
/** Not about any request, and not kept. */
export type QualityMessage = Omit<Quality, 'seq' | 'request_id'>
export type RateLimited = z.infer<typeof rateLimitedSchema>
export type MediaDropped = z.infer<typeof mediaDroppedSchema>
export type UtteranceLabel = z.infer<typeof utteranceLabelSchema>
export type UtteranceRevised = z.infer<typeof utteranceRevisedSchema>
export type SessionClosed = z.infer<typeof sessionClosedSchema>
export type CloseReason = SessionClosed['reason']
export type ErrorMessage = z.infer<typeof errorMessageSchema>
export type ServerMessage = z.infer<typeof serverMessageSchema>
export type ServerMessageType = ServerMessage['type']
export const SERVER_MESSAGE_TYPES = [
  'session.created',
  'session.updated',
  'session.resumed',
  'utterance.start',
  'utterance.label',
  'utterance.revised',
  'quality',
  'rate_limited',
  'media.dropped',
  'session.closed',
  'error',
  'pong',
] as const satisfies readonly ServerMessageType[]
export type ServerMessageOf<T extends ServerMessageType> = Extract<ServerMessage, { type: T }>

/** A server message before the session has given it its number. */
export type Unnumbered = ServerMessage extends infer M ? (M extends ServerMessage ? Omit<M, 'seq'> : never) : never

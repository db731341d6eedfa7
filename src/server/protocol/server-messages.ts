import { z } from 'zod'
import { labelSetNameSchema } from '../../conversation/label-sets.ts'
import { modalitySchema } from '../../conversation/modality.ts'
import { modeSchema } from '../../conversation/mode.ts'
import { participantSchema } from './client-messages.ts'
import { idSchema, PROTOCOL_VERSION, requestIdSchema, seqSchema, wireTimeSchema } from './fields.ts'

/** What the server sends, protocol v1: each message with `seq`, and with `request_id` where it answers one that had it. */

const head = { seq: seqSchema, request_id: requestIdSchema }

/** The probability of each label, in the order of the label set; they sum to 1. */
export const probabilitiesSchema = z.array(z.object({ name: z.string(), probability: z.number().min(0).max(1) }))

export const sessionCreatedSchema = z.object({
  ...head,
  type: z.literal('session.created'),
  session_id: z.string(),
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
  }),
  limits: z.object({
    message_bytes: z.int(),
    pending_utterances: z.int(),
    participants: z.int(),
    history_utterances: z.int(),
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
})

export const utteranceStartSchema = z.object({
  ...head,
  type: z.literal('utterance.start'),
  utterance_id: idSchema,
  participant: idSchema,
  start_ms: wireTimeSchema,
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
  /** True when the label will not change any more: in live mode. */
  final: z.boolean(),
  /** From the receipt of the final transcript to the sending of this message. */
  latency_ms: z.number().nonnegative(),
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

export const CLOSE_REASONS = ['client', 'shutdown'] as const

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
  utteranceStartSchema,
  utteranceLabelSchema,
  utteranceRevisedSchema,
  sessionClosedSchema,
  errorMessageSchema,
  pongSchema,
])

export type SessionCreated = z.infer<typeof sessionCreatedSchema>
export type SessionUpdated = z.infer<typeof sessionUpdatedSchema>
export type UtteranceLabel = z.infer<typeof utteranceLabelSchema>
export type UtteranceRevised = z.infer<typeof utteranceRevisedSchema>
export type SessionClosed = z.infer<typeof sessionClosedSchema>
export type CloseReason = SessionClosed['reason']
export type ErrorMessage = z.infer<typeof errorMessageSchema>
export type ServerMessage = z.infer<typeof serverMessageSchema>
export type ServerMessageType = ServerMessage['type']
export type ServerMessageOf<T extends ServerMessageType> = Extract<ServerMessage, { type: T }>

/** A server message before the session has given it its number. */
export type Unnumbered = ServerMessage extends infer M ? (M extends ServerMessage ? Omit<M, 'seq'> : never) : never

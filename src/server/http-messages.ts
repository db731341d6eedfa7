import { z } from 'zod'
import { labelSetNameSchema } from '../conversation/label-sets.ts'
import { modalitySchema } from '../conversation/modality.ts'
import { modeSchema } from '../conversation/mode.ts'
import { ERRORS, type ErrorCode } from '../errors.ts'
import { participantSchema } from './protocol/client-messages.ts'
import { idSchema, PROTOCOL_VERSION, wireTimeSchema } from './protocol/fields.ts'
import { probabilitiesSchema, sessionCreatedSchema, utteranceLabelSchema } from './protocol/server-messages.ts'

/** What the server answers over HTTP; the tests hold real answers against it, and the OpenAPI document is made of it. */

const timeSchema = z.iso.datetime()

export const errorAnswerSchema = z.object({
  error: z.object({ code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]), message: z.string() }),
})

export const healthSchema = z.object({ status: z.literal('ok') })

export const readySchema = z.object({ status: z.literal('ready'), sessions: z.int().nonnegative() })

export const versionSchema = z.object({
  name: z.literal('emograph'),
  version: z.string(),
  protocol: z.literal(PROTOCOL_VERSION),
  /** Path of the WebSocket. */
  socket: z.string(),
  node: z.string(),
})

export const modelSchema = sessionCreatedSchema.shape.model.extend({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  feature_columns: z.partialRecord(modalitySchema, z.array(z.string())),
  /** How long a conversation is kept after its last message; null: until it is deleted. */
  retention_ms: z.int().positive().nullable(),
  history_utterances: z.int().positive(),
  backend: z.string(),
  metrics: z.unknown(),
  /** The model card, in Markdown. */
  card: z.string(),
})

const predictionHead = {
  modality: modalitySchema,
  model: z.string(),
  /** What was not as it should be with the medium, a sentence each. */
  remarks: z.array(z.string()).optional(),
}

export const predictionsSchema = z.object({
  predictions: z.array(
    z.union([
      z.object({
        ...predictionHead,
        label: z.string(),
        probabilities: probabilitiesSchema,
        /** Of a video: the frames with a face that were looked at. */
        frames: z.int().positive().optional(),
      }),
      /** Why there is nothing to judge. */
      z.object({ ...predictionHead, missing: z.string() }),
    ]),
  ),
})

const sessionHead = {
  session_id: z.uuid(),
  created_at: timeSchema,
  closed_at: timeSchema.nullable(),
  mode: modeSchema,
  label_set: labelSetNameSchema,
  participants: z.array(participantSchema),
  purpose: z.string().optional(),
}

export const sessionListSchema = z.object({
  sessions: z.array(z.object({ ...sessionHead, active_at: timeSchema })),
})

/** As it was told, and last revised. */
const utteranceSchema = utteranceLabelSchema
  .omit({ type: true, seq: true, request_id: true, interim: true, missing: true })
  .extend({
    /** What it was at first, before `revisions`. */
    first_label: z.string(),
    revisions: z.int().nonnegative(),
  })

export const sessionSchema = z.object({
  ...sessionHead,
  model: z.object({ name: z.string(), sha256: z.string() }),
  utterances: z.array(utteranceSchema),
})

/** graphology's serialisation of the conversation's graph. */
export const graphSchema = z.object({
  options: z.object({ type: z.literal('directed'), multi: z.literal(false), allowSelfLoops: z.literal(true) }),
  attributes: z.looseObject({}),
  nodes: z.array(
    z.object({
      key: z.string(),
      attributes: z.object({
        utterance_id: idSchema,
        participant: idSchema,
        modality: modalitySchema,
        /** Position of the utterance in the conversation, from 0. */
        utterance: z.int().nonnegative(),
        start_ms: wireTimeSchema,
        label: z.string(),
      }),
    }),
  ),
  edges: z.array(
    z.object({
      key: z.string(),
      source: z.string(),
      target: z.string(),
      attributes: z.object({ kind: z.string(), relation: z.string(), share: z.number().optional() }),
    }),
  ),
})

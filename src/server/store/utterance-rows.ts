import { z } from 'zod'
import type { Features } from '../../conversation/conversation.ts'
import { MODALITIES, type Modality, modalitySchema } from '../../conversation/modality.ts'
import { type Mode, modeSchema } from '../../conversation/mode.ts'
import { decodeFloat32, encodeFloat32 } from '../../float32.ts'
import { type AttentionEdge, attentionEdgeSchema } from '../protocol/server-messages.ts'
import type { SessionUtterance } from '../session-utterance.ts'
import { blobSchema } from './blob.ts'
import type { Database, SqlValue } from './database.ts'

/**
 * An utterance as its client has told it so far; its features are the client's own until it is labelled, then all that the
 * model was given.
 */
export interface AcceptedUtterance extends SessionUtterance {
  /** Its place in the order of labelling; absent while it is open. */
  readonly position?: number | undefined
  /** The name of the request that its label answers. */
  readonly requestId?: string | undefined
  /** Ms since 1970, of what was last accepted of it. */
  readonly acceptedAt: number
}

/** What the client was told of an utterance. */
export interface ToldLabel {
  readonly mode: Mode
  readonly label: string
  /** [C], in the order of the label set. */
  readonly probabilities: Float32Array
  readonly modalities: readonly Modality[]
}

export interface NewLabel extends ToldLabel {
  readonly utteranceId: string
  readonly features: Features
  readonly latencyMs: number
  readonly attention?: readonly AttentionEdge[] | undefined
}

export interface StoredUtteranceRow extends AcceptedUtterance {
  readonly state: 'open' | 'pending' | 'labelled' | 'failed'
  /** Of a labelled utterance: as last told. */
  readonly told?: ToldLabel & {
    readonly firstLabel: string
    readonly latencyMs: number
    readonly revisions: number
    readonly attention?: readonly AttentionEdge[] | undefined
  }
}

export interface UtteranceRows {
  /** The utterance as it now is: open without a position, waiting for its label with one. */
  accept(sessionId: string, utterance: AcceptedUtterance): void
  has(sessionId: string, utteranceId: string): boolean
  label(sessionId: string, label: NewLabel): void
  revise(sessionId: string, utteranceId: string, told: ToldLabel): void
  /** It will have no label. */
  fail(sessionId: string, utteranceId: string): void
  /** All of them: those with a position in its order, then the open ones. */
  of(sessionId: string): StoredUtteranceRow[]
}

const vectorSchema = blobSchema.nullable()

const toldSchema = z
  .object({
    mode: modeSchema,
    label: z.string(),
    first_label: z.string(),
    probabilities: blobSchema,
    modalities: z.string(),
    latency_ms: z.number(),
    revisions: z.int(),
    attention: z.string().nullable(),
  })
  .transform((row) => ({
    mode: row.mode,
    label: row.label,
    firstLabel: row.first_label,
    probabilities: decodeFloat32(row.probabilities),
    modalities: z.array(modalitySchema).parse(JSON.parse(row.modalities)),
    latencyMs: row.latency_ms,
    revisions: row.revisions,
    attention: row.attention === null ? undefined : z.array(attentionEdgeSchema).parse(JSON.parse(row.attention)),
  }))

const rowSchema = z
  .looseObject({
    utterance_id: z.string(),
    participant: z.string(),
    text: z.string(),
    start_ms: z.int(),
    end_ms: z.int(),
    state: z.enum(['open', 'pending', 'labelled', 'failed']),
    position: z.int().nullable(),
    request_id: z.string().nullable(),
    accepted_at: z.int(),
    text_features: vectorSchema,
    audio_features: vectorSchema,
    visual_features: vectorSchema,
  })
  .transform(
    (row): StoredUtteranceRow => ({
      utteranceId: row.utterance_id,
      participant: row.participant,
      text: row.text,
      startMs: row.start_ms,
      endMs: row.end_ms,
      state: row.state,
      position: row.position ?? undefined,
      requestId: row.request_id ?? undefined,
      acceptedAt: row.accepted_at,
      features: decodeFeatures({ text: row.text_features, audio: row.audio_features, visual: row.visual_features }),
      ...(row.state === 'labelled' && { told: toldSchema.parse(row) }),
    }),
  )

export function createUtteranceRows(database: Database): UtteranceRows {
  const accept = database.prepare(
    `INSERT INTO utterances (session_id, utterance_id, participant, text, start_ms, end_ms, state, position, request_id,
       accepted_at, text_features, audio_features, visual_features)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET text = excluded.text, start_ms = excluded.start_ms, end_ms = excluded.end_ms,
       state = excluded.state, position = excluded.position, request_id = excluded.request_id,
       accepted_at = excluded.accepted_at, text_features = excluded.text_features,
       audio_features = excluded.audio_features, visual_features = excluded.visual_features`,
  )
  const has = database.prepare('SELECT 1 FROM utterances WHERE session_id = ? AND utterance_id = ?')
  const label = database.prepare(
    `UPDATE utterances SET state = 'labelled', text_features = ?, audio_features = ?, visual_features = ?, mode = ?,
       label = ?, first_label = ?, probabilities = ?, modalities = ?, latency_ms = ?, attention = ?
     WHERE session_id = ? AND utterance_id = ?`,
  )
  const revise = database.prepare(
    `UPDATE utterances SET mode = ?, label = ?, probabilities = ?, modalities = ?, revisions = revisions + 1
     WHERE session_id = ? AND utterance_id = ?`,
  )
  const fail = database.prepare("UPDATE utterances SET state = 'failed' WHERE session_id = ? AND utterance_id = ?")
  const of = database.prepare('SELECT * FROM utterances WHERE session_id = ? ORDER BY position IS NULL, position')

  return {
    accept(sessionId, utterance) {
      accept.run(
        sessionId,
        utterance.utteranceId,
        utterance.participant,
        utterance.text,
        utterance.startMs,
        utterance.endMs,
        utterance.position === undefined ? 'open' : 'pending',
        utterance.position,
        utterance.requestId,
        utterance.acceptedAt,
        ...encodeFeatures(utterance.features),
      )
    },
    has: (sessionId, utteranceId) => has.has(sessionId, utteranceId),
    label(sessionId, told) {
      label.run(
        ...encodeFeatures(told.features),
        told.mode,
        told.label,
        told.label,
        encodeFloat32(told.probabilities),
        JSON.stringify(told.modalities),
        told.latencyMs,
        told.attention === undefined ? null : JSON.stringify(told.attention),
        sessionId,
        told.utteranceId,
      )
    },
    revise(sessionId, utteranceId, { mode, label: name, probabilities, modalities }) {
      revise.run(mode, name, encodeFloat32(probabilities), JSON.stringify(modalities), sessionId, utteranceId)
    },
    fail(sessionId, utteranceId) {
      fail.run(sessionId, utteranceId)
    },
    of: (sessionId) => of.all(rowSchema, sessionId),
  }
}

const encodeFeatures = (features: Features): SqlValue[] =>
  MODALITIES.map((modality) => {
    const vector = features[modality]
    return vector === undefined ? null : encodeFloat32(vector)
  })

function decodeFeatures(stored: Record<Modality, Uint8Array | null>): Features {
  const features: Features = {}
  for (const modality of MODALITIES) {
    const bytes = stored[modality]
    if (bytes !== null) features[modality] = decodeFloat32(bytes)
  }
  return features
}

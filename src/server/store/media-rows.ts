import { z } from 'zod'
import { blobSchema } from './blob.ts'
import type { Database } from './database.ts'

/** A piece of media as it came, of a session that asked for `store_media`. */
export interface MediaChunk {
  readonly participant: string
  readonly kind: 'audio' | 'image'
  readonly startMs: number
  /** Little-endian 16-bit samples at 16 kHz, mono; or one JPEG. */
  readonly payload: Uint8Array
}

export interface MediaRows {
  keep(sessionId: string, chunk: MediaChunk): void
  /** In the order in which they came, one at a time. */
  of(sessionId: string): Generator<MediaChunk>
}

const rowSchema = z
  .object({
    chunk: z.int(),
    participant: z.string(),
    kind: z.enum(['audio', 'image']),
    start_ms: z.int(),
    payload: blobSchema,
  })
  .transform(({ chunk, participant, kind, start_ms, payload }) => ({
    chunk,
    media: { participant, kind, startMs: start_ms, payload } satisfies MediaChunk,
  }))

export function createMediaRows(database: Database): MediaRows {
  const keep = database.prepare(
    `INSERT INTO media_chunks
     SELECT ?1, coalesce(max(chunk), 0) + 1, ?2, ?3, ?4, ?5 FROM media_chunks WHERE session_id = ?1`,
  )
  const next = database.prepare(
    `SELECT chunk, participant, kind, start_ms, payload FROM media_chunks
     WHERE session_id = ? AND chunk > ? ORDER BY chunk LIMIT 1`,
  )
  return {
    keep(sessionId, { participant, kind, startMs, payload }) {
      keep.run(sessionId, participant, kind, startMs, payload)
    },
    *of(sessionId) {
      let row = next.one(rowSchema, sessionId, 0)
      while (row !== undefined) {
        yield row.media
        row = next.one(rowSchema, sessionId, row.chunk)
      }
    },
  }
}

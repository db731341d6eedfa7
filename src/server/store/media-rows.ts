import { z } from 'zod'
import { mediaKindSchema } from '../protocol/fields.ts'
import type { MediaKind } from '../protocol/media-frame.ts'
import { blobSchema } from './blob.ts'
import type { Database } from './database.ts'

/** A piece of media as it came, of a session that asked for `store_media`. */
export interface MediaChunk {
  readonly participant: string
  readonly kind: MediaKind
  readonly startMs: number
  /** Little-endian 16-bit samples at 16 kHz, mono; or one JPEG. */
  readonly payload: Uint8Array
}

/** All pieces of one kind of one participant. */
export interface MediaTrack {
  readonly participant: string
  readonly kind: MediaKind
  /** Of audio: where it ends, in samples at 16 kHz from the start of the conversation. */
  readonly endSample: number
}

export interface MediaRows {
  keep(sessionId: string, chunk: MediaChunk): void
  tracks(sessionId: string): MediaTrack[]
  /** In the order of their times, one at a time; pieces of one time in the order in which they came. */
  of(sessionId: string, track: Pick<MediaTrack, 'participant' | 'kind'>): Generator<MediaChunk>
}

const rowSchema = z
  .object({
    chunk: z.int(),
    participant: z.string(),
    kind: mediaKindSchema,
    start_ms: z.int(),
    payload: blobSchema,
  })
  .transform(({ chunk, participant, kind, start_ms, payload }) => ({
    chunk,
    media: { participant, kind, startMs: start_ms, payload } satisfies MediaChunk,
  }))

const trackSchema = z
  .object({ participant: z.string(), kind: mediaKindSchema, end_sample: z.int() })
  .transform(({ participant, kind, end_sample }): MediaTrack => ({ participant, kind, endSample: end_sample }))

export function createMediaRows(database: Database): MediaRows {
  const keep = database.prepare(
    `INSERT INTO media_chunks
     SELECT ?1, coalesce(max(chunk), 0) + 1, ?2, ?3, ?4, ?5 FROM media_chunks WHERE session_id = ?1`,
  )
  const tracks = database.prepare(
    `SELECT participant, kind, max(16 * start_ms + length(payload) / 2) AS end_sample FROM media_chunks
     WHERE session_id = ? GROUP BY participant, kind ORDER BY participant, kind`,
  )
  const next = database.prepare(
    `SELECT chunk, participant, kind, start_ms, payload FROM media_chunks
     WHERE session_id = ? AND participant = ? AND kind = ? AND (start_ms, chunk) > (?, ?)
     ORDER BY start_ms, chunk LIMIT 1`,
  )
  return {
    keep(sessionId, { participant, kind, startMs, payload }) {
      keep.run(sessionId, participant, kind, startMs, payload)
    },
    tracks: (sessionId) => tracks.all(trackSchema, sessionId),
    *of(sessionId, { participant, kind }) {
      let row = next.one(rowSchema, sessionId, participant, kind, -1, 0)
      while (row !== undefined) {
        yield row.media
        row = next.one(rowSchema, sessionId, participant, kind, row.media.startMs, row.chunk)
      }
    },
  }
}

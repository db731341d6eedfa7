import { z } from 'zod'
import type { Database } from './database.ts'

export interface StoredMessage {
  readonly seq: number
  readonly json: string
}

/** The messages that are kept for a client that resumes, and the names of the requests that were accepted. */
export interface MessageRows {
  keep(sessionId: string, message: StoredMessage): void
  /** The next ones after `seq`, at most `limit`. */
  after(sessionId: string, seq: number, limit: number): StoredMessage[]
  /** The number of the newest, 0 without any. */
  lastSeq(sessionId: string): number
  /** Remembers the name of a request that was accepted. */
  accept(sessionId: string, requestId: string): void
  wasAccepted(sessionId: string, requestId: string): boolean
}

const messageSchema = z.object({ seq: z.int().positive(), json: z.string() })
const lastSchema = z.object({ seq: z.int().nullable() })

export function createMessageRows(database: Database): MessageRows {
  const keep = database.prepare('INSERT INTO messages VALUES (?, ?, ?)')
  const after = database.prepare('SELECT seq, json FROM messages WHERE session_id = ? AND seq > ? ORDER BY seq LIMIT ?')
  const last = database.prepare('SELECT max(seq) AS seq FROM messages WHERE session_id = ?')
  const accept = database.prepare('INSERT INTO requests VALUES (?, ?)')
  const accepted = database.prepare('SELECT 1 FROM requests WHERE session_id = ? AND request_id = ?')

  return {
    keep(sessionId, { seq, json }) {
      keep.run(sessionId, seq, json)
    },
    after: (sessionId, seq, limit) => after.all(messageSchema, sessionId, seq, limit),
    lastSeq: (sessionId) => last.one(lastSchema, sessionId)?.seq ?? 0,
    accept(sessionId, requestId) {
      accept.run(sessionId, requestId)
    },
    wasAccepted: (sessionId, requestId) => accepted.has(sessionId, requestId),
  }
}

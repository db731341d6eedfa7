import { z } from 'zod'
import { type LabelSetName, labelSetNameSchema } from '../../conversation/label-sets.ts'
import { mediaKindSchema } from '../protocol/fields.ts'
import { type Settings, settingsSchema } from '../settings.ts'
import type { Database } from './database.ts'

/** A session as its row knows it. Times in ms since 1970. */
export interface StoredSession {
  readonly id: string
  /** SHA-256 of its token, in hex. The token itself is nowhere. */
  readonly tokenHash: string
  /** Who made it, where access tokens are required. */
  readonly owner?: string | undefined
  /** As last accepted. */
  readonly settings: Settings
  readonly model: { readonly name: string; readonly sha256: string; readonly labelSet: LabelSetName }
  /** Whose audio or pictures have come. */
  readonly streams: readonly MediaStream[]
  readonly createdAt: number
  readonly activeAt: number
  /** Set with `session.closed`: nothing is taken any more. */
  readonly closedAt?: number | undefined
}

export type NewSession = Omit<StoredSession, 'streams' | 'activeAt' | 'closedAt'>

export interface SessionRows {
  create(session: NewSession): void
  find(sessionId: string): StoredSession | undefined
  configure(sessionId: string, settings: Settings): void
  /** Remembers whose audio or pictures have come. */
  stream(sessionId: string, streams: readonly MediaStream[]): void
  touch(sessionId: string, now: number): void
  close(sessionId: string, now: number): void
  /** Of one owner, newest first. */
  listByOwner(owner: string, limit: number): StoredSession[]
  /** Not active since `olderThan`. */
  idleSince(olderThan: number): string[]
  /** With all that belongs to it. */
  remove(sessionId: string): boolean
}

const mediaStreamSchema = z.object({ participant: z.string(), kind: mediaKindSchema })
export type MediaStream = Readonly<z.infer<typeof mediaStreamSchema>>

const streamsJson = z.string().transform((json) => z.array(mediaStreamSchema).parse(JSON.parse(json)))
const settingsJson = z.string().transform((json) => settingsSchema.parse(JSON.parse(json)))

const rowSchema = z
  .object({
    session_id: z.string(),
    token_hash: z.string(),
    owner: z.string().nullable(),
    settings: settingsJson,
    model_name: z.string(),
    model_sha256: z.string(),
    label_set: labelSetNameSchema,
    streams: streamsJson,
    created_at: z.int(),
    active_at: z.int(),
    closed_at: z.int().nullable(),
  })
  .transform(
    (row): StoredSession => ({
      id: row.session_id,
      tokenHash: row.token_hash,
      owner: row.owner ?? undefined,
      settings: row.settings,
      model: { name: row.model_name, sha256: row.model_sha256, labelSet: row.label_set },
      streams: row.streams,
      createdAt: row.created_at,
      activeAt: row.active_at,
      closedAt: row.closed_at ?? undefined,
    }),
  )

const idSchema = z.object({ session_id: z.string() })

export function createSessionRows(database: Database): SessionRows {
  const create = database.prepare("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?, '[]', ?, ?, NULL)")
  const find = database.prepare('SELECT * FROM sessions WHERE session_id = ?')
  const configure = database.prepare('UPDATE sessions SET settings = ? WHERE session_id = ?')
  const stream = database.prepare('UPDATE sessions SET streams = ? WHERE session_id = ?')
  const touch = database.prepare('UPDATE sessions SET active_at = ? WHERE session_id = ?')
  const close = database.prepare('UPDATE sessions SET closed_at = ?1, active_at = ?1 WHERE session_id = ?2')
  const byOwner = database.prepare('SELECT * FROM sessions WHERE owner = ? ORDER BY created_at DESC LIMIT ?')
  const idle = database.prepare('SELECT session_id FROM sessions WHERE active_at < ?')
  const remove = database.prepare('DELETE FROM sessions WHERE session_id = ?')

  return {
    create({ id, tokenHash, owner, settings, model, createdAt }) {
      const { name, sha256, labelSet } = model
      create.run(id, tokenHash, owner, JSON.stringify(settings), name, sha256, labelSet, createdAt, createdAt)
    },
    find: (sessionId) => find.one(rowSchema, sessionId),
    configure(sessionId, settings) {
      configure.run(JSON.stringify(settings), sessionId)
    },
    stream(sessionId, streams) {
      stream.run(JSON.stringify(streams), sessionId)
    },
    touch(sessionId, now) {
      touch.run(now, sessionId)
    },
    close(sessionId, now) {
      close.run(now, sessionId)
    },
    listByOwner: (owner, limit) => byOwner.all(rowSchema, owner, limit),
    idleSince: (olderThan) => idle.all(idSchema, olderThan).map(({ session_id }) => session_id),
    remove: (sessionId) => remove.run(sessionId) > 0,
  }
}

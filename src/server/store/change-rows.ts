import { z } from 'zod'
import { type Settings, settingsSchema } from '../settings.ts'
import type { Database } from './database.ts'

/** Settings that a client has set, in their order among the utterances. */
export interface StoredChange {
  readonly position: number
  readonly settings: Settings
  readonly requestId?: string | undefined
  /** False: accepted, `session.updated` not yet told. */
  readonly applied: boolean
}

export interface ChangeRows {
  accept(sessionId: string, change: Omit<StoredChange, 'applied'>): void
  apply(sessionId: string, position: number): void
  of(sessionId: string): StoredChange[]
}

const rowSchema = z
  .object({
    position: z.int(),
    settings: z.string().transform((json) => settingsSchema.parse(JSON.parse(json))),
    state: z.enum(['pending', 'applied']),
    request_id: z.string().nullable(),
  })
  .transform(
    ({ position, settings, state, request_id }): StoredChange => ({
      position,
      settings,
      requestId: request_id ?? undefined,
      applied: state === 'applied',
    }),
  )

export function createChangeRows(database: Database): ChangeRows {
  const accept = database.prepare("INSERT INTO changes VALUES (?, ?, ?, 'pending', ?)")
  const apply = database.prepare("UPDATE changes SET state = 'applied' WHERE session_id = ? AND position = ?")
  const of = database.prepare(
    'SELECT position, settings, state, request_id FROM changes WHERE session_id = ? ORDER BY position',
  )
  return {
    accept(sessionId, { position, settings, requestId }) {
      accept.run(sessionId, position, JSON.stringify(settings), requestId)
    },
    apply(sessionId, position) {
      apply.run(sessionId, position)
    },
    of: (sessionId) => of.all(rowSchema, sessionId),
  }
}

import { type ChangeRows, createChangeRows } from './change-rows.ts'
import { type DatabaseOptions, openDatabase } from './database.ts'
import { createMediaRows, type MediaRows } from './media-rows.ts'
import { createMessageRows, type MessageRows } from './message-rows.ts'
import { createSessionRows, type SessionRows } from './session-rows.ts'
import { conversationOf, type StoredConversation } from './stored-conversation.ts'
import { createUtteranceRows, type UtteranceRows } from './utterance-rows.ts'

/**
 * Every session of a server, in one SQLite file: what was accepted and what was told, so that a session outlives its
 * connection and its server. Synchronous: a call that has returned is committed, unless it is part of `atomically`.
 */
export interface SessionStore {
  /** All of it or nothing. */
  atomically<T>(work: () => T): T
  /** Tells from now on how long each transaction took, in ms. */
  watch(onWrite: (ms: number) => void): void
  readonly sessions: Omit<SessionRows, 'remove' | 'idleSince'>
  readonly utterances: UtteranceRows
  readonly changes: ChangeRows
  readonly messages: MessageRows
  readonly media: MediaRows
  /** What its client was told of a session. */
  readConversation(sessionId: string): StoredConversation | undefined
  /** Removes every trace of a session, from the write-ahead log too; false when there was none. */
  remove(sessionId: string): boolean
  /** Removes the sessions that were not active since `olderThan` (ms since 1970); how many. */
  deleteExpired(olderThan: number): number
  close(): void
}

/**
 * Opens the store, making it where there is none.
 *
 * @example
 * const store = createSessionStore({ path: 'emograph-data/sessions.sqlite' })
 * const conversation = store.readConversation(sessionId)
 *
 * @throws EMO_STORE_UNAVAILABLE
 */
export function createSessionStore(options: DatabaseOptions): SessionStore {
  const database = openDatabase(options)
  const sessions = createSessionRows(database)
  const utterances = createUtteranceRows(database)

  return {
    atomically: database.atomically,
    watch: database.watch,
    sessions,
    utterances,
    changes: createChangeRows(database),
    messages: createMessageRows(database),
    media: createMediaRows(database),
    readConversation(sessionId) {
      const session = sessions.find(sessionId)
      return session === undefined ? undefined : conversationOf(session, utterances.of(sessionId))
    },
    remove(sessionId) {
      const removed = database.atomically(() => sessions.remove(sessionId))
      if (removed) database.truncateLog()
      return removed
    },
    deleteExpired(olderThan) {
      const expired = sessions.idleSince(olderThan)
      for (const sessionId of expired) database.atomically(() => sessions.remove(sessionId))
      if (expired.length > 0) database.truncateLog()
      return expired.length
    },
    close: database.close,
  }
}

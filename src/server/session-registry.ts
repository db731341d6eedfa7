import { randomBytes, randomUUID } from 'node:crypto'
import { EmographError } from '../errors.ts'
import { hashToken } from './auth.ts'
import { createOutbox } from './outbox.ts'
import type { Peer } from './peer.ts'
import type { SessionResume } from './protocol/client-messages.ts'
import { readSession } from './restore.ts'
import { createSession, type Session, type SessionOptions } from './session.ts'
import { mayResume } from './session-access.ts'
import type { SessionContext } from './session-context.ts'
import { resumedMessage } from './session-messages.ts'
import type { StoredSession } from './store/session-rows.ts'

/**
 * The sessions of a server. Those in memory have a connection, or lost it less than `resumeMs` ago; the others rest in the
 * store until they are resumed, deleted, or too old.
 */
export interface SessionRegistry {
  /** Sessions in memory. */
  readonly size: number
  /** Begins a session for a connection and greets it. @param owner who the connection acts for, where that is known */
  open(peer: Peer, owner?: string): Session
  /**
   * Goes on with a session, through this connection from now on. One that was closed is only told again; there is no
   * session then, and the connection ends.
   *
   * @throws EMO_SESSION_UNKNOWN: there is none, its token is another, or it is another owner's; EMO_SESSION_MODEL_CHANGED,
   *   EMO_SHUTTING_DOWN
   */
  resume(message: SessionResume, peer: Peer, owner?: string): Session | undefined
  /** A connection has ended. */
  release(session: Session, peer: Peer): void
  /** Removes every trace of a session; false when there was none. */
  remove(sessionId: string): boolean
  /** Removes the sessions that were not active since `olderThan`, ms since 1970; how many. */
  expire(olderThan: number): number
  each(work: (session: Session) => void): void
  /** Takes no session up any more; resolves when what was accepted is labelled and every client told. */
  drain(): Promise<void>
  /** Frees everything at once. What was accepted and has no label is labelled when its session is resumed. */
  dispose(): void
}

export function createSessionRegistry(context: SessionContext): SessionRegistry {
  const { store, observe } = context
  const sessions = new Map<string, Session>()
  /** Sessions without a connection, longest first, with what puts them to rest. */
  const detached = new Map<string, NodeJS.Timeout>()
  let draining = false

  function begin(options: Omit<SessionOptions, 'onEnd'>): Session {
    const session = createSession(context, {
      ...options,
      onEnd(reason) {
        sessions.delete(options.id)
        forgetTimer(options.id)
        const left = { type: 'session.left', session: options.id, sessions: sessions.size } as const
        observe(reason === undefined ? left : { ...left, reason })
      },
    })
    sessions.set(session.id, session)
    return session
  }

  function forgetTimer(id: string): void {
    clearTimeout(detached.get(id))
    detached.delete(id)
  }

  function putToRest(id: string): void {
    forgetTimer(id)
    sessions
      .get(id)
      ?.rest()
      .catch((cause: unknown) => context.onFault(id, cause))
  }

  /** The client's key fits, or it is told the same as if there were no such session. */
  function find({ session_id, token }: SessionResume, owner: string | undefined): StoredSession {
    const stored = store.sessions.find(session_id)
    if (!mayResume(token, owner, stored)) throw new EmographError('EMO_SESSION_UNKNOWN')
    return stored
  }

  /** A session that is over has nothing but its messages. */
  async function tellAgain(stored: StoredSession, { token, last_seq, request_id }: SessionResume, peer: Peer) {
    const outbox = createOutbox(context, stored.id, { lastSeq: store.messages.lastSeq(stored.id) })
    const caughtUp = (replayed: number) => resumedMessage({ session_id: stored.id, replayed, media: [] }, request_id)
    await outbox.resume(peer, { lastSeq: last_seq, token, caughtUp })
    peer.end()
  }

  function restore(stored: StoredSession): Session {
    if (stored.model.sha256 !== context.model.sha256) throw new EmographError('EMO_SESSION_MODEL_CHANGED')
    const { id, tokenHash, owner } = stored
    return begin({ id, tokenHash, owner, start: readSession(store, stored) })
  }

  return {
    get size() {
      return sessions.size
    },
    open(peer, owner) {
      const token = randomBytes(32).toString('base64url')
      const session = begin({ id: randomUUID(), tokenHash: hashToken(token), owner, start: { peer, token } })
      observe({ type: 'session.opened', session: session.id, sessions: sessions.size })
      return session
    },
    resume(message, peer, owner) {
      if (draining) throw new EmographError('EMO_SHUTTING_DOWN')
      const stored = find(message, owner)
      const present = sessions.get(stored.id)
      if (present === undefined && stored.closedAt !== undefined) {
        void tellAgain(stored, message, peer)
        return undefined
      }
      forgetTimer(stored.id)
      const session = present ?? restore(stored)
      const { last_seq: lastSeq, token, request_id: requestId } = message
      session.attach(peer, { lastSeq, token, requestId, restored: present === undefined })
      return session
    },
    release(session, peer) {
      session.detach(peer)
      if (session.attached) return
      const { id } = session
      observe({ type: 'session.detached', session: id, kept: session.saved })
      if (sessions.get(id) !== session || detached.has(id)) return
      detached.set(id, setTimeout(putToRest, context.resumeMs, id).unref())
      // Those that wait give way first: they can be taken up from the store just as well, only not as fast.
      if (sessions.size > context.limits.sessions) putToRest(detached.keys().next().value!)
    },
    remove(sessionId) {
      void sessions.get(sessionId)?.close('deleted')
      return store.remove(sessionId)
    },
    expire(olderThan) {
      for (const session of [...sessions.values()]) {
        const activeAt = store.sessions.find(session.id)?.activeAt
        if (activeAt !== undefined && activeAt < olderThan) void session.close('expired')
      }
      return store.deleteExpired(olderThan)
    },
    each(work) {
      for (const session of [...sessions.values()]) work(session)
    },
    async drain() {
      draining = true
      await Promise.all([...sessions.values()].map((session) => session.close('shutdown')))
    },
    dispose() {
      draining = true
      for (const session of [...sessions.values()]) session.abandon()
    },
  }
}

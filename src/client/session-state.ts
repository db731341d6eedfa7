import type { ServerMessage, SessionCreated, SessionUpdated } from '../server/protocol/server-messages.ts'

/** What it takes to get back to a session: JSON, for a page to keep in `sessionStorage` until it is loaded again. */
export interface Credentials {
  readonly id: string
  readonly token: string
  /** The last message that was seen; 0 to be told everything again. */
  readonly lastSeq: number
}

/** The same as a connection needs it. */
export interface SessionKey extends Credentials {
  /** How long the server keeps it without a connection, in ms. */
  readonly resumeMs?: number | undefined
}

/** What a client knows of its session from the messages that have come. */
export interface SessionState {
  readonly created: SessionCreated | undefined
  readonly settings: SessionUpdated | undefined
  readonly key: SessionKey | undefined
  readonly credentials: Credentials | undefined
  /** Forgets a session that was never configured, so that another can take its place; false for any other. */
  startOver(): boolean
  /** Takes a message; true when it is news to the client. */
  take(message: ServerMessage): boolean
}

/**
 * @param earlier the session that is taken up. All of it is asked for again, since the greeting and the participants'
 *   order are needed; what its `lastSeq` covers is no news.
 */
export function createSessionState(earlier: Credentials | undefined): SessionState {
  let created: SessionCreated | undefined
  let settings: SessionUpdated | undefined
  let lastSeq = 0

  const id = (): string | undefined => earlier?.id ?? created?.session_id
  const token = (): string => earlier?.token ?? created?.token ?? ''

  return {
    get created() {
      return created
    },
    get settings() {
      return settings
    },
    get key() {
      const known = id()
      if (known === undefined) return undefined
      return { id: known, token: token(), lastSeq, resumeMs: created?.limits.resume_ms }
    },
    get credentials() {
      const known = id()
      if (known === undefined) return undefined
      return { id: known, token: token(), lastSeq: Math.max(lastSeq, earlier?.lastSeq ?? 0) }
    },
    startOver() {
      if (earlier !== undefined || settings !== undefined) return false
      created = undefined
      lastSeq = 0
      return true
    },
    take(message) {
      const { seq } = message
      // An error is kept when it has a number of its own.
      const kept = isKept(message) || (message.type === 'error' && seq > lastSeq)
      if (!kept) return true
      if (seq <= lastSeq) return false
      lastSeq = seq
      // The token is told once: a greeting that is told again may be without it.
      if (message.type === 'session.created') created = { ...message, token: token() || message.token }
      if (message.type === 'session.updated') settings = message
      return seq > (earlier?.lastSeq ?? 0)
    },
  }
}

/** True for the messages that a session keeps for whoever resumes it; of errors, some (see `SessionState.take`). */
export function isKept(message: ServerMessage): boolean {
  switch (message.type) {
    case 'session.created':
    case 'session.updated':
    case 'utterance.start':
    case 'utterance.revised':
      return true
    case 'session.closed':
      // After a shutdown the session goes on; one that is deleted or has expired is not written to any more.
      return message.reason === 'client'
    case 'utterance.label':
      return !message.interim
    default:
      return false
  }
}

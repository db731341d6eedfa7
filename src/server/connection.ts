import { EmographError } from '../errors.ts'
import type { HoldReason, Peer } from './peer.ts'
import type { ClientMessageType, SessionResume } from './protocol/client-messages.ts'
import { namesIn, parseClientMessage } from './protocol/parse.ts'
import type { Session } from './session.ts'
import type { SessionContext } from './session-context.ts'
import type { SessionRegistry } from './session-registry.ts'

export interface ConnectionOptions {
  readonly registry: SessionRegistry
  readonly peer: Peer
  /** Who it acts for, where access tokens are required. */
  readonly owner?: string | undefined
}

/** One client's connection: to a new session, or to the one that its first message resumes. */
export interface Connection {
  /** The session that it speaks to; undefined once a closed one was told again. */
  readonly session: Session | undefined
  /** Takes the text of one message. Never throws, as none of these. */
  receive(text: string): void
  receiveFrame(frame: Uint8Array): void
  /** Tells of an error that was found before the message could be read. */
  refuse(error: EmographError): void
  /** The client is not read from for a while, and told so. */
  held(reason: HoldReason, retryAfterMs: number): void
  /** It has ended; the session waits. */
  lost(): void
}

/** Opens a session and greets its client. Nothing of it is written down before its first `session.update`. */
export function createConnection(context: SessionContext, options: ConnectionOptions): Connection {
  const { registry, peer, owner } = options
  const { now, observe } = context
  let session: Session | undefined = registry.open(peer, owner)

  function resume(message: SessionResume): void {
    if (session?.saved === true)
      throw new EmographError('EMO_MESSAGE_INVALID', {
        field: 'type',
        expected: 'session.resume as the first message of a connection',
        got: 'one in a session that has begun',
      })
    const fresh = session
    const resumed = registry.resume(message, peer, owner)
    session = resumed
    fresh?.detach(peer)
  }

  return {
    get session() {
      return session
    },
    receive(text) {
      const receivedAt = now()
      const bytes = Buffer.byteLength(text)
      let type: ClientMessageType | 'invalid' = 'invalid'
      try {
        const message = parseClientMessage(text)
        type = message.type
        if (message.type === 'session.resume') resume(message)
        else session?.take(message, receivedAt)
      } catch (error) {
        session?.refuse(error, namesIn(text))
      } finally {
        observe({ type: 'message.received', message: type, bytes })
      }
    },
    receiveFrame(frame) {
      observe({ type: 'message.received', message: 'binary', bytes: frame.length })
      session?.takeFrame(frame, now())
    },
    refuse: (error) => session?.refuse(error),
    held(reason, retryAfterMs) {
      observe({ type: 'held', reason })
      session?.tell({ type: 'rate_limited', reason, retry_after_ms: retryAfterMs })
    },
    lost() {
      if (session !== undefined) registry.release(session, peer)
    },
  }
}

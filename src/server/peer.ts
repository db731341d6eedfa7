import type { EmographError } from '../errors.ts'
import type { RateLimited, ServerMessageType } from './protocol/server-messages.ts'

/** One message on its way out. */
export interface Outbound {
  readonly type: ServerMessageType
  readonly json: string
  /** False: the connection may drop it when the client reads slowly. */
  readonly kept: boolean
}

/** Why the server reads more slowly. */
export type HoldReason = RateLimited['reason']

/** The connection that a session speaks through, as far as the session needs it. */
export interface Peer {
  /** Never throws; what is sent after the end is dropped. */
  send(message: Outbound): void
  /** Resolves when all that was sent has left this process, or the connection has ended. */
  flushed(): Promise<void>
  /**
   * Reads no more from the client until `resume` with every reason that was given. What it sends meanwhile waits in the
   * network; nothing is lost.
   */
  pause(reason: HoldReason): void
  resume(reason: HoldReason): void
  /** Not read for now, for any reason. */
  readonly held: boolean
  /** Ends the connection: after `session.closed`, or for the error that is its reason. */
  end(error?: EmographError): void
}

import type { Peer } from './peer.ts'
import type { Unnumbered } from './protocol/server-messages.ts'
import type { SessionContext } from './session-context.ts'

/** Keeps the messages of one session that wait for their answers within bounds, by reading its client more slowly. */
export interface Backlog {
  /** The client is read through this connection now; undefined: it is gone. */
  attach(peer: Peer | undefined): void
  /** A message was accepted; `waiting` have no answer now. */
  accepted(waiting: number): void
  /** One was answered, after `ms` of work. */
  answered(waiting: number, ms: number): void
}

/** A client that sends on is held again and again. */
const TELL_EVERY_MS = 1_000

/** Before anything was measured: ms of work for one utterance. */
const FIRST_GUESS_MS = 25

/**
 * At `limit` waiting messages the client is told and its connection not read, until half of them are answered. It outlives the
 * connection, as the messages do: a client that comes back while they wait has to wait again.
 */
export function createBacklog(
  { limits, now, observe }: Pick<SessionContext, 'limits' | 'now' | 'observe'>,
  tell: (message: Unnumbered) => void,
): Backlog {
  const limit = limits.pendingUtterances
  let toldAt = Number.NEGATIVE_INFINITY
  let peer: Peer | undefined
  let full = false
  let typicalMs = FIRST_GUESS_MS

  return {
    attach(next) {
      peer = next
      if (full) peer?.pause('pending')
    },
    accepted(waiting) {
      if (full || waiting < limit) return
      full = true
      peer?.pause('pending')
      observe({ type: 'held', reason: 'pending' })
      if (now() - toldAt < TELL_EVERY_MS) return
      toldAt = now()
      tell({ type: 'rate_limited', reason: 'pending', retry_after_ms: Math.ceil((typicalMs * limit) / 2) })
    },
    answered(waiting, ms) {
      // A moving mean over about eight utterances.
      typicalMs += (ms - typicalMs) / 8
      if (!full || waiting > limit / 2) return
      full = false
      peer?.resume('pending')
    },
  }
}

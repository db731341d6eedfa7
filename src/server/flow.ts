import type { HoldReason } from './peer.ts'

export interface FlowOptions<Message> {
  /** Handles one message of the client. Must not throw. */
  readonly handle: (message: Message) => void
  /** Stop and go on reading the socket: `pause()` and `resume()` of ws. */
  readonly pause: () => void
  readonly resume: () => void
  /** A client is to be told of a `holdFor`; at most once a second for each reason, for whoever is paced is held often. */
  readonly onHeld: (reason: HoldReason, retryAfterMs: number) => void
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
}

/**
 * What comes in from one connection: messages are handled one after the other, unless there is a reason not to. Reasons
 * are a set, and the socket is read while it is empty. Nothing is lost: what ws had read before it stopped (one chunk of
 * the socket, 64 KiB, and the message that ends in it) waits here, in order; the rest waits in the kernel, whose buffers
 * fill up until the client's own sending stops.
 */
export interface Flow<Message> {
  /** Handles a message, now or when nothing holds it any more. */
  take(message: Message): void
  /** Holds until `release`; to tell the client is the caller's. */
  hold(reason: HoldReason): void
  /** Holds for `ms` from now; a later call for the same reason counts anew. */
  holdFor(reason: HoldReason, ms: number): void
  release(reason: HoldReason): void
  /** While true the peer's pongs are not read either: a heartbeat must not cut it for that. */
  readonly held: boolean
  /** Forgets what waits and takes nothing more; the socket is read on, so that its closing handshake is seen. */
  dispose(): void
}

const TELL_EVERY_MS = 1_000

export function createFlow<Message>(options: FlowOptions<Message>): Flow<Message> {
  /** With the timer that ends it, where there is one. */
  const reasons = new Map<HoldReason, NodeJS.Timeout | undefined>()
  const told = new Map<HoldReason, number>()
  let waiting: Message[] = []
  let draining = false
  let disposed = false

  function add(reason: HoldReason, timer?: NodeJS.Timeout): void {
    clearTimeout(reasons.get(reason))
    if (reasons.size === 0) options.pause()
    reasons.set(reason, timer)
  }

  function tell(reason: HoldReason, retryAfterMs: number): void {
    const now = options.now()
    if (now - (told.get(reason) ?? Number.NEGATIVE_INFINITY) < TELL_EVERY_MS) return
    told.set(reason, now)
    options.onHeld(reason, Math.ceil(retryAfterMs))
  }

  function release(reason: HoldReason): void {
    if (!reasons.has(reason)) return
    clearTimeout(reasons.get(reason))
    reasons.delete(reason)
    drain()
  }

  /** Handling a message may hold or release again: one loop at a time. */
  function drain(): void {
    if (draining) return
    draining = true
    while (reasons.size === 0 && waiting.length > 0) options.handle(waiting.shift()!)
    draining = false
    if (reasons.size === 0) options.resume()
  }

  return {
    take(message) {
      if (disposed) return
      if (reasons.size > 0 || draining || waiting.length > 0) waiting.push(message)
      else options.handle(message)
    },
    hold(reason) {
      if (!disposed) add(reason)
    },
    holdFor(reason, ms) {
      if (disposed) return
      add(reason, setTimeout(release, ms, reason).unref())
      tell(reason, ms)
    },
    release,
    get held() {
      return reasons.size > 0
    },
    dispose() {
      disposed = true
      waiting = []
      for (const reason of [...reasons.keys()]) release(reason)
    },
  }
}

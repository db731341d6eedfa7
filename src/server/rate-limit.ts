import { EmographError } from '../errors.ts'
import type { Limits } from './limits.ts'
import { createTokenBucket, type TokenBucket } from './token-bucket.ts'

export type RateLimits = Pick<
  Limits,
  | 'socketsPerAddress'
  | 'connectionsPerAddress'
  | 'sessionsPerAddress'
  | 'connectsPerMinute'
  | 'predictionsPerMinute'
  | 'messagesPerSecond'
  | 'bytesPerSecond'
  | 'addressBytesPerSecond'
  | 'addresses'
>

export interface Excess {
  readonly reason: 'messages' | 'bytes'
  readonly waitMs: number
}

/** One connection as the limits see it. */
export interface Meter {
  /** Counts a message that has come; why and for how many ms nothing more should be read, `undefined` when all is well. */
  count(bytes: number): Excess | undefined
  /** The connection has ended. */
  release(): void
}

/**
 * What one connection and one address may ask of the server. Whoever sends too fast is read more slowly, and loses
 * nothing; whoever wants too many connections, sessions or predictions is refused.
 */
export interface RateLimiter {
  /** How many addresses are remembered; never more than `addresses`. */
  readonly size: number
  /** Admits a socket, before anything has come from it; the returned function says that it is closed. @throws EMO_TOO_MANY_REQUESTS */
  openSocket(address: string): () => void
  /** Admits a WebSocket. @throws EMO_TOO_MANY_REQUESTS */
  connect(address: string): Meter
  /** Counts a session that has begun, until `sessionLeft`. `connect` admits no more of an address that has too many. */
  sessionBegan(session: string, address: string): void
  /** A session is no longer in memory; of one that was not counted, nothing happens. */
  sessionLeft(session: string): void
  /** Admits a prediction over HTTP. @throws EMO_TOO_MANY_REQUESTS */
  predict(address: string): void
}

interface AddressState {
  sockets: number
  connections: number
  sessions: number
  readonly connects: TokenBucket
  readonly predictions: TokenBucket
  readonly bytes: TokenBucket
}

/** @param now ms of a clock that never goes back */
export function createRateLimiter(limits: RateLimits, now: () => number = () => performance.now()): RateLimiter {
  /** In the order of their last use: the least recently used is the first. */
  const addresses = new Map<string, AddressState>()

  /** The sessions in memory, with the address that began each. */
  const sessions = new Map<string, AddressState>()

  function stateOf(address: string): AddressState {
    const known = addresses.get(address)
    if (known !== undefined) {
      addresses.delete(address)
      addresses.set(address, known)
      return known
    }
    if (addresses.size >= limits.addresses) forget()
    const state: AddressState = {
      sockets: 0,
      connections: 0,
      sessions: 0,
      connects: createTokenBucket(perMinute(limits.connectsPerMinute), now),
      predictions: createTokenBucket(perMinute(limits.predictionsPerMinute), now),
      bytes: createTokenBucket(twoSeconds(limits.addressBytesPerSecond), now),
    }
    addresses.set(address, state)
    return state
  }

  /** Makes room: the address that has been quiet for longest, of those that hold nothing. */
  function forget(): void {
    for (const [address, { sockets, connections, sessions }] of addresses) {
      if (sockets + connections + sessions > 0) continue
      addresses.delete(address)
      return
    }
    throw new EmographError('EMO_TOO_MANY_REQUESTS', { got: `connections of ${addresses.size} addresses` })
  }

  return {
    get size() {
      return addresses.size
    },
    openSocket(address) {
      const state = stateOf(address)
      refuseBeyond(state.sockets, limits.socketsPerAddress, 'sockets of one address')
      state.sockets++
      return once(() => state.sockets--)
    },
    connect(address) {
      const state = stateOf(address)
      refuseBeyond(state.connections, limits.connectionsPerAddress, 'connections of one address')
      refuseBeyond(state.sessions, limits.sessionsPerAddress, 'sessions of one address')
      refuseUntil(state.connects.tryTake(1), `${limits.connectsPerMinute} new connections of one address a minute`)
      state.connections++
      const messages = createTokenBucket(twoSeconds(limits.messagesPerSecond), now)
      const bytes = createTokenBucket(twoSeconds(limits.bytesPerSecond), now)
      return {
        count(size) {
          const [many, much] = [messages.take(1), Math.max(bytes.take(size), state.bytes.take(size))]
          const waitMs = Math.max(many, much)
          return waitMs === 0 ? undefined : { reason: many >= much ? 'messages' : 'bytes', waitMs }
        },
        release: once(() => state.connections--),
      }
    },
    sessionBegan(session, address) {
      const state = stateOf(address)
      state.sessions++
      sessions.set(session, state)
    },
    sessionLeft(session) {
      const state = sessions.get(session)
      if (state === undefined) return
      state.sessions--
      sessions.delete(session)
    },
    predict(address) {
      const wait = stateOf(address).predictions.tryTake(1)
      refuseUntil(wait, `${limits.predictionsPerMinute} predictions of one address a minute`)
    },
  }
}

/** So many a minute, a third of them at once: a person who tries things out is not refused. */
const perMinute = (count: number) => ({ perSecond: count / 60, burst: Math.max(1, Math.ceil(count / 3)) })

/** What comes in two seconds may come at once: a client sends again after a reconnect what was not acknowledged. */
const twoSeconds = (perSecond: number) => ({ perSecond, burst: perSecond * 2 })

function refuseBeyond(count: number, most: number, what: string): void {
  if (count >= most) throw new EmographError('EMO_TOO_MANY_REQUESTS', { expected: `at most ${most} ${what}` })
}

function refuseUntil(waitMs: number, expected: string): void {
  if (waitMs > 0)
    throw new EmographError('EMO_TOO_MANY_REQUESTS', { expected: `at most ${expected}`, retryAfterMs: waitMs })
}

function once(act: () => void): () => void {
  let done = false
  return () => {
    if (!done) act()
    done = true
  }
}

import type { ClientClock } from './clock.ts'
import type { Connection } from './connection.ts'

/** Something to be sent, kept until nobody can need it again. */
export interface Outgoing {
  readonly kind: 'message' | 'media'
  readonly data: string | Uint8Array<ArrayBuffer>
}

/** What has come of an {@link Outgoing}. */
export interface Entry {
  readonly outgoing: Outgoing
  /** True when it was given to a connection, this one or an earlier one. */
  sent: boolean
}

/**
 * What a client sends, in its order, over all connections of its session: a lost connection loses nothing that is still
 * in here. Gives a connection no more than it can carry, so that what waits can still be dropped or replaced.
 */
export interface Outbox {
  /** Bytes that are not on their way yet. */
  readonly bufferedAmount: number
  add(outgoing: Outgoing): Entry
  /** Forgets it, sent or not. */
  remove(entry: Entry): void
  /** Sends on this connection: first, in the old order, what was not acknowledged and what `needs` says of media. */
  open(connection: Connection, needs: (entry: Entry) => boolean): void
  /** The connection is lost: what comes now waits. */
  hold(): void
  /** Sends nothing for so long: the server has asked for it. */
  pause(ms: number): void
  /** Resolves when nothing waits. */
  drained(): Promise<void>
  /** Forgets everything; whoever waits for `drained` gets the error. */
  dispose(error: unknown): void
}

/** Bytes that a connection may hold back: a second of audio, or a few pictures. More waits here, where it can be dropped. */
const HIGH_WATER = 128 * 1024
/** A WebSocket does not say when it has sent what it held; it is looked at this often. */
const LOOK_MS = 20

export function createOutbox(clock: ClientClock): Outbox {
  /** In the order of their adding, which a `Set` keeps. */
  const kept = new Set<Entry>()
  let waiting: Entry[] = []
  let waitingBytes = 0
  let connection: Connection | undefined
  let pausedUntil = Number.NEGATIVE_INFINITY
  let stopLooking: (() => void) | undefined
  let onDrained: { resolve: () => void; reject: (error: unknown) => void }[] = []
  let over: { readonly error: unknown } | undefined

  const bufferedAmount = (): number => waitingBytes + (connection?.bufferedAmount ?? 0)

  function wait(entries: Iterable<Entry>): void {
    waiting = [...entries]
    waitingBytes = waiting.reduce((sum, { outgoing }) => sum + sizeOf(outgoing), 0)
  }

  function flush(): void {
    let next = 0
    while (connection !== undefined && clock.now() >= pausedUntil && connection.bufferedAmount < HIGH_WATER) {
      const entry = waiting[next]
      if (entry === undefined) break
      next++
      waitingBytes -= sizeOf(entry.outgoing)
      connection.send(entry.outgoing.data)
      entry.sent = true
    }
    waiting.splice(0, next)
    if (bufferedAmount() === 0) {
      for (const { resolve } of onDrained) resolve()
      onDrained = []
    }
    look()
  }

  function look(): void {
    stopLooking?.()
    stopLooking = undefined
    if (connection === undefined || (waiting.length === 0 && onDrained.length === 0)) return
    stopLooking = clock.after(Math.max(LOOK_MS, pausedUntil - clock.now()), flush)
  }

  return {
    get bufferedAmount() {
      return bufferedAmount()
    },
    add(outgoing) {
      const entry: Entry = { outgoing, sent: false }
      if (over !== undefined) return entry
      kept.add(entry)
      waiting.push(entry)
      waitingBytes += sizeOf(outgoing)
      // While something waits, `flush` is due already.
      if (waiting.length === 1 && connection !== undefined) flush()
      return entry
    },
    remove(entry) {
      if (!kept.delete(entry)) return
      const index = waiting.indexOf(entry)
      if (index < 0) return
      waiting.splice(index, 1)
      waitingBytes -= sizeOf(entry.outgoing)
    },
    open(opened, needs) {
      connection = opened
      pausedUntil = Number.NEGATIVE_INFINITY
      wait([...kept].filter((entry) => entry.outgoing.kind === 'message' || !entry.sent || needs(entry)))
      flush()
    },
    hold() {
      connection = undefined
      look()
      wait([...kept].filter((entry) => entry.outgoing.kind === 'message' || !entry.sent))
    },
    pause(ms) {
      pausedUntil = clock.now() + ms
      look()
    },
    drained() {
      if (over !== undefined) return Promise.reject(over.error)
      if (bufferedAmount() === 0) return Promise.resolve()
      return new Promise((resolve, reject) => {
        onDrained.push({ resolve, reject })
        look()
      })
    },
    dispose(error) {
      if (over !== undefined) return
      over = { error }
      connection = undefined
      look()
      kept.clear()
      wait([])
      for (const { reject } of onDrained) reject(error)
      onDrained = []
    },
  }
}

/** Of text, its length: exact for what is not words, and near enough for them. */
const sizeOf = ({ data }: Outgoing): number => (typeof data === 'string' ? data.length : data.byteLength)

import { z } from 'zod'
import type { Outbound, Peer } from './peer.ts'
import { SERVER_MESSAGE_TYPES, sessionCreatedSchema, type Unnumbered } from './protocol/server-messages.ts'
import type { SessionContext } from './session-context.ts'
import type { StoredMessage } from './store/message-rows.ts'

/** Messages that are read from the store at once: a page of the longest takes about 1 MB. */
const PAGE = 64

/**
 * What a session tells its client. A message that is kept gets the next number, is written to the store, and only then
 * sent; one that is not kept carries the number of the last kept message that was sent before it. The store is the
 * only place where kept messages wait for a client that is away, so that memory does not grow.
 */
export interface Outbox {
  /** The number of the newest kept message. */
  readonly seq: number
  /** Kept messages, in one transaction with `write`, which is done even when there are none. */
  keep(messages: readonly Unnumbered[], write?: () => void): void
  /** A message that is not kept: dropped when there is no client, or one that does not have the kept ones yet. */
  tell(message: Unnumbered): void
  /**
   * Writes down what was kept so far; until then nothing is, so that a connection that never begins a conversation
   * leaves no trace. To be called within `write`, after the session's row is there.
   */
  save(): void
  /**
   * Sends every kept message after `lastSeq` to a client that has come back, then what `caughtUp` makes of their count.
   * Resolves when that is sent, or the client is gone again.
   */
  resume(
    peer: Peer,
    options: { lastSeq: number; token: string; caughtUp: (replayed: number) => Unnumbered },
  ): Promise<void>
  /** The client is gone; messages go on to be kept. */
  detach(): void
}

/** @param lastSeq the number of the newest message in the store; undefined for a new session, which is not in it yet */
export function createOutbox(context: SessionContext, sessionId: string, start: { lastSeq: number } | Peer): Outbox {
  const { store, observe } = context
  const isNew = !('lastSeq' in start)
  let peer: Peer | undefined = isNew ? start : undefined
  let seq = isNew ? 0 : start.lastSeq
  /** The newest kept message that the client was sent. */
  let sent = 0
  /** False while the client is being sent what it missed. */
  let current = isNew
  let unsaved: StoredMessage[] | undefined = isNew ? [] : undefined

  function send(to: Peer, message: Unnumbered, json: string, kept: boolean): void {
    to.send({ type: message.type, json, kept })
    observe({ type: 'message.sent', message: message.type })
  }

  function tell(message: Unnumbered): void {
    if (peer !== undefined && current)
      send(peer, message, JSON.stringify({ ...message, seq: Math.max(1, sent) }), false)
  }

  async function replay(to: Peer, token: string, caughtUp: (replayed: number) => Unnumbered): Promise<void> {
    let replayed = 0
    for (;;) {
      const page = store.messages.after(sessionId, sent, PAGE)
      for (const message of page) {
        const outbound = asSent(message, token)
        to.send(outbound)
        observe({ type: 'message.sent', message: outbound.type })
        sent = message.seq
        replayed++
      }
      if (page.length < PAGE) break
      await to.flushed()
      if (peer !== to) return
    }
    current = true
    tell(caughtUp(replayed))
  }

  return {
    get seq() {
      return seq
    },
    keep(messages, write) {
      const numbered = messages.map((message, i) => {
        const number = seq + 1 + i
        return { message, seq: number, json: JSON.stringify({ ...message, seq: number }) }
      })
      store.atomically(() => {
        write?.()
        if (unsaved !== undefined) unsaved.push(...numbered)
        else {
          for (const { seq: number, json } of numbered) store.messages.keep(sessionId, { seq: number, json })
          store.sessions.touch(sessionId, context.today())
        }
      })
      seq += numbered.length
      if (peer === undefined || !current) return
      for (const { message, json } of numbered) send(peer, message, json, true)
      sent = seq
    },
    tell,
    save() {
      for (const message of unsaved ?? []) store.messages.keep(sessionId, withoutToken(message))
      unsaved = undefined
    },
    resume(to, { lastSeq, token, caughtUp }) {
      peer = to
      current = false
      // A client can only have seen more than there is where a machine has lost power (`durability`). It would take what
      // comes now for what it has seen: the numbers go on from its own.
      seq = Math.max(seq, lastSeq)
      sent = lastSeq
      return replay(to, token, caughtUp).catch((cause: unknown) => context.onFault(sessionId, cause))
    },
    detach() {
      peer = undefined
    },
  }
}

/** The token is told, never written down: `session.created` is stored with an empty one. */
function withoutToken({ seq, json }: StoredMessage): StoredMessage {
  const created = sessionCreatedSchema.safeParse(JSON.parse(json))
  return created.success ? { seq, json: JSON.stringify({ ...created.data, token: '' }) } : { seq, json }
}

/** A stored message as it was first sent. */
function asSent({ json }: StoredMessage, token: string): Outbound {
  const message: unknown = JSON.parse(json)
  const { type } = headSchema.parse(message)
  const created = type === 'session.created' ? sessionCreatedSchema.parse(message) : undefined
  return { type, json: created === undefined ? json : JSON.stringify({ ...created, token }), kept: true }
}

const headSchema = z.object({ type: z.enum(SERVER_MESSAGE_TYPES) })

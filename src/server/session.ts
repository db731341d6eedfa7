import { EmographError, isEmographError } from '../errors.ts'
import { createAcceptance } from './acceptance.ts'
import { createBacklog } from './backlog.ts'
import { createIntake } from './intake.ts'
import { createOutbox } from './outbox.ts'
import type { Peer } from './peer.ts'
import type { ClientMessage } from './protocol/client-messages.ts'
import type { CloseReason, QualityMessage, Unnumbered } from './protocol/server-messages.ts'
import type { RestoredSession } from './restore.ts'
import type { SessionContext } from './session-context.ts'
import { createSessionMedia, type SessionMedia } from './session-media.ts'
import { createdMessage, resumedMessage } from './session-messages.ts'
import { type About, createSteps, type Steps } from './steps.ts'
import { createUtteranceInputs } from './utterance-inputs.ts'

/** What a session is told by its client; resuming is its connection's business. */
export type SessionMessage = Exclude<ClientMessage, { type: 'session.resume' }>

/** What a client that has come back has seen. */
export interface Resumption {
  readonly lastSeq: number
  readonly token: string
  /** It had to be read from the store. */
  readonly restored: boolean
  readonly requestId?: string | undefined
}

export interface SessionIdentity {
  readonly id: string
  readonly tokenHash: string
  /** Who made it, where access tokens are required. */
  readonly owner?: string | undefined
}

export interface SessionOptions extends SessionIdentity {
  /** New: greeted with its token. Otherwise as the store has it, without a connection. */
  readonly start: { readonly peer: Peer; readonly token: string } | RestoredSession
  /** The session has left memory; without a reason it can be taken up from the store, if it is there. */
  readonly onEnd: (reason?: CloseReason) => void
}

/** One conversation. It knows messages, not sockets, and outlives the connection that it speaks through. */
export interface Session extends SessionIdentity {
  /** It is in the store, with its first settings. */
  readonly saved: boolean
  readonly attached: boolean
  /** Messages that wait for their answers. */
  readonly waiting: number
  /** Takes one message. Never throws: what is wrong is answered by an `error`. */
  take(message: SessionMessage, receivedAt: number): void
  /** Takes one binary frame, as `take`. */
  takeFrame(frame: Uint8Array, receivedAt: number): void
  /** Tells the client of an error that was found before its message could be read. */
  refuse(error: unknown, about?: About): void
  /** Tells the client something that is not kept. */
  tell(message: Unnumbered): void
  setQuality(message: QualityMessage): void
  /** Goes on with another connection: what was missed, then `session.resumed`. One that it still has is ended. */
  attach(peer: Peer, resumption: Resumption): void
  /** That connection is gone. */
  detach(peer: Peer): void
  /**
   * Labels what is accepted, sends `session.closed`, ends. After `shutdown` it can be taken up from the store. One that is
   * `deleted` or has `expired` ends at once.
   */
  close(reason: CloseReason, about?: About): Promise<void>
  /** Frees memory once what is accepted is labelled, unless a connection has come meanwhile. */
  rest(): Promise<void>
  /** Frees memory at once, sends nothing. */
  abandon(): void
}

/**
 * Begins a session, or goes on with one from the store.
 *
 * What a message is allowed to do is decided when it comes in, and it is in the store before anything is answered. What
 * it does goes through one queue (`steps.ts`), so that labels, revisions and `session.updated` come in the order in
 * which their causes were accepted, although texts are encoded asynchronously.
 */
export function createSession(context: SessionContext, options: SessionOptions): Session {
  const { id, tokenHash, owner, start } = options
  const { model, store, observe } = context
  const restored = 'peer' in start ? undefined : start
  let state: 'open' | 'closing' | 'ended' = 'open'
  let peer = 'peer' in start ? start.peer : undefined
  let closing: Promise<void> | undefined

  const outbox = createOutbox(context, id, 'peer' in start ? start.peer : { lastSeq: start.lastSeq })
  const backlog = createBacklog(context, outbox.tell)
  backlog.attach(peer)
  const intake = createIntake({
    model,
    limits: context.limits,
    isUsed: (utteranceId) => store.utterances.has(id, utteranceId),
    streamsMedia: () => media.streams,
    state: restored,
  })
  const media: SessionMedia = createSessionMedia(context, {
    sessionId: id,
    settings: () => intake.settings,
    open: () => intake.open,
    restored,
    hooks: {
      onDropped(report) {
        const { kind, reason, frames } = report
        observe({ type: 'media.dropped', kind, reason, frames })
        outbox.tell({ type: 'media.dropped', ...report })
      },
      onUtterance(event) {
        if (state !== 'ended') attempt({}, () => acceptance.takeSegmented(event))
      },
      onFault: fail,
      isRead: () => peer?.held === false,
      onClock: (clock) => observe({ type: 'media.clock', session: id, ...clock }),
      onAccepted(chunk) {
        if (state !== 'ended' && intake.settings.storeMedia) store.media.keep(id, chunk)
      },
    },
  })
  const inputs = createUtteranceInputs(model)
  const interim = context.createInterim?.({
    settings: () => intake.settings,
    inputs: async (utterance) => (await inputs(utterance, media.snapshot(utterance))).features,
    preview: (utterance, features) => steps.preview?.({ ...utterance, features }),
    tell: outbox.tell,
    // The session goes on: its final labels do not depend on them.
    onFault: (cause) => context.onFault(id, cause),
  })
  const steps: Steps = createSteps(context, {
    sessionId: id,
    outbox,
    backlog,
    media,
    inputs,
    interim,
    restored,
    create(settings) {
      const { name, sha256, labelSet } = model
      const createdAt = context.today()
      store.sessions.create({ id, tokenHash, owner, settings, model: { name, sha256, labelSet }, createdAt })
    },
    onError: fail,
  })
  const acceptance = createAcceptance({ context, intake, media, steps, refuse: fail })
  if ('peer' in start) {
    outbox.keep([createdMessage(context, id, start.token)])
    if (context.load.level !== 'full') tellQuality()
  }

  function tellQuality(): void {
    if (context.load.message !== undefined) outbox.tell(context.load.message)
  }

  /**
   * Tells of an error. Coded ones are the client's; anything else is a fault of the server, and no label after it could
   * be trusted: the session leaves memory. One about something that was accepted is kept, together with `write`.
   */
  function fail(cause: unknown, about: About = {}, write?: () => void): void {
    if (state === 'ended') return
    const error = isEmographError(cause) ? cause : new EmographError('EMO_INTERNAL', { cause })
    if (error.status >= 500 && error.fatal) context.onFault(id, cause)
    observe({ type: 'error', code: error.code })
    const { code, message, fatal } = error
    const told = { type: 'error', code, message, fatal, ...about } as const
    try {
      if (write === undefined) outbox.tell(told)
      else outbox.keep([told], write)
    } catch (storeFault) {
      context.onFault(id, storeFault)
      outbox.tell(told)
    }
    if (fatal) end(error)
  }

  function attempt(about: About, work: () => void): void {
    try {
      work()
    } catch (error) {
      fail(error, about)
    }
  }

  function end(fault?: EmographError, reason?: CloseReason): void {
    if (state === 'ended') return
    state = 'ended'
    const last = peer
    leave()
    steps.dispose()
    media.dispose()
    interim?.dispose()
    last?.end(fault)
    options.onEnd(reason)
  }

  function leave(): void {
    peer = undefined
    outbox.detach()
    backlog.attach(undefined)
  }

  function dispatch(message: SessionMessage, about: About, receivedAt: number): void {
    if (message.type === 'ping') outbox.tell({ type: 'pong', ...about })
    else if (message.type === 'session.close') void close('client', about)
    else if (state !== 'open') throw new EmographError('EMO_SESSION_CLOSED', { got: message.type })
    // Sent again by a client that has not seen the answer, which has come meanwhile or is to come.
    else if (!wasAccepted(about)) acceptance.take(message, about, receivedAt)
  }

  const wasAccepted = ({ request_id }: About): boolean =>
    steps.saved && request_id !== undefined && store.messages.wasAccepted(id, request_id)

  async function close(reason: CloseReason, about: About = {}): Promise<void> {
    if (reason === 'deleted' || reason === 'expired') return conclude(reason, about)
    if (state === 'open') {
      state = 'closing'
      closing = finishAll(reason, about)
    }
    await closing
  }

  /** What is being said is whole with the end of the session; after a shutdown the session goes on, and so does that. */
  async function finishAll(reason: CloseReason, about: About): Promise<void> {
    if (reason === 'client') await media.end().catch(fail)
    await steps.afterAll(() => conclude(reason, about))
  }

  function conclude(reason: CloseReason, about: About): void {
    if (state === 'ended') return
    const message = { type: 'session.closed', reason, utterances: steps.labelled, ...about } as const
    // After a shutdown the session goes on; one that is deleted or has expired is not written to any more.
    if (reason !== 'client') outbox.tell(message)
    else outbox.keep([message], () => steps.saved && store.sessions.close(id, context.today()))
    end(undefined, reason)
  }

  return {
    id,
    tokenHash,
    owner,
    get saved() {
      return steps.saved
    },
    get attached() {
      return peer !== undefined
    },
    get waiting() {
      return steps.waiting
    },
    take(message, receivedAt) {
      const about = { request_id: message.request_id }
      attempt(about, () => dispatch(message, about, receivedAt))
    },
    takeFrame(frame, receivedAt) {
      attempt({}, () => {
        const speaker = media.take(frame, receivedAt)
        if (speaker !== undefined) interim?.touch(speaker)
      })
    },
    refuse: (error, about) => fail(error, about),
    tell: outbox.tell,
    setQuality(message) {
      media.setQuality(message.level)
      outbox.tell(message)
    },
    attach(next, { lastSeq, token, restored, requestId }) {
      const previous = peer
      peer = next
      backlog.attach(next)
      const caughtUp = (replayed: number): Unnumbered => {
        observe({ type: 'session.resumed', session: id, restored, replayed })
        return resumedMessage({ session_id: id, replayed, media: media.held() }, requestId)
      }
      void outbox.resume(next, { lastSeq, token, caughtUp }).then(tellQuality)
      previous?.end(new EmographError('EMO_SESSION_TAKEN_OVER'))
    },
    detach(gone) {
      if (peer !== gone) return
      leave()
      if (!steps.saved) end()
    },
    close,
    async rest() {
      await steps.idle()
      if (state === 'open' && peer === undefined) end()
    },
    abandon: () => end(),
  }
}

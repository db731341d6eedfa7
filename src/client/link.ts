import { EmographError } from '../errors.ts'
import type { ErrorMessage, ServerMessage, SessionResumed } from '../server/protocol/server-messages.ts'
import { backoffMs, type ResumeOptions } from './backoff.ts'
import type { ClientClock } from './clock.ts'
import type { Connection, ConnectionEvents } from './connection.ts'
import { toError } from './server-error.ts'
import { isKept, type SessionKey } from './session-state.ts'

export type ClientState = 'open' | 'resuming' | 'closed'

/** The client's connection to its session has changed. */
export interface StateEvent {
  readonly type: 'state'
  readonly state: ClientState
  /** Why it is no longer open; absent when the client has closed it. */
  readonly error?: EmographError
  /** With `resuming`: which attempt comes next, from 1, and after how long, in ms. */
  readonly attempt?: number
  readonly retryInMs?: number
}

export interface LinkOptions {
  readonly open: (events: ConnectionEvents) => Connection
  readonly clock: ClientClock
  /** `false`: a lost connection is the end. */
  readonly resume: ResumeOptions | false
  /** After so long without a message the server is asked for one, after twice as long the connection counts as lost. */
  readonly heartbeatMs: number
  /** The session to get back to; undefined before the first greeting. */
  readonly session: () => SessionKey | undefined
  /** Forgets the session if nothing of it is worth keeping; false if something is. */
  readonly startOver: () => boolean
  readonly onMessage: (message: ServerMessage) => void
  /** Greeted, or back in the session. */
  readonly onUp: (connection: Connection, resumed: SessionResumed | undefined) => void
  readonly onState: (event: StateEvent) => void
}

/** The way to one session, over as many connections as it takes. */
export interface Link {
  readonly state: ClientState
  /** No more connections: of the client's own will, or for the error that the session has ended with. */
  end(error?: EmographError): void
}

/** A server that does not greet for so long is as good as none. */
const GREETING_MS = 15_000
/** For a session of which only its key is known. */
const UNKNOWN_RESUME_MS = 120_000
const RESUME_ID = 'resume'
const PING = JSON.stringify({ type: 'ping' })
/** Answers to `session.resume` after which another attempt can succeed. */
const PASSING: readonly string[] = ['EMO_SHUTTING_DOWN', 'EMO_RATE_LIMITED', 'EMO_SESSION_LIMIT']

export function createLink(options: LinkOptions): Link {
  const { clock, resume } = options
  let state: ClientState = 'resuming'
  let connection: Connection | undefined
  let stopTimer: () => void = () => {}
  let attempt = 0
  let greeted = options.session() !== undefined
  let lostAt = clock.now()
  let heardAt = lostAt

  function open(): void {
    const resuming = options.session()
    stopTimer = clock.after(GREETING_MS, () => lose(closed(`no greeting within ${GREETING_MS} ms`)))
    try {
      connection = options.open({
        onOpen() {
          if (resuming !== undefined) connection?.send(resumeMessage(resuming))
        },
        onMessage: (message) => receive(message, resuming),
        onClose: lose,
      })
    } catch (error) {
      end(error instanceof EmographError ? error : closed('a connection that cannot be made'))
    }
  }

  function receive(message: ServerMessage, resuming: SessionKey | undefined): void {
    heardAt = clock.now()
    if (state === 'open' || resuming === undefined) {
      options.onMessage(message)
      if (state === 'resuming' && message.type === 'session.created') up(undefined)
      // Not before something new has come: a session that breaks each connection has to be given up in the end.
      else if (isKept(message)) attempt = 0
      return
    }
    // The server greets each connection with a session of its own, before it hears that this one comes for another.
    if (message.type === 'session.created' && message.session_id !== resuming.id) return
    if (message.type === 'error' && message.request_id === RESUME_ID) {
      refused(message)
      return
    }
    options.onMessage(message)
    if (message.type === 'session.resumed') up(message)
  }

  function up(resumed: SessionResumed | undefined): void {
    if (connection === undefined) return
    state = 'open'
    greeted = true
    stopTimer()
    watch()
    options.onState({ type: 'state', state })
    options.onUp(connection, resumed)
  }

  /** The connection's own death is sometimes not told: somebody has pulled the plug. */
  function watch(askedAt?: number): void {
    const { heartbeatMs } = options
    stopTimer = clock.after(heartbeatMs, () => {
      const now = clock.now()
      const silentMs = now - heardAt
      // By what was asked and not by the silence alone: that is long, too, when the last answer came just after asking.
      if (askedAt !== undefined && heardAt < askedAt) return lose(closed(`nothing for ${Math.round(silentMs)} ms`))
      const asks = silentMs >= heartbeatMs
      if (asks) connection?.send(PING)
      attempt = 0
      watch(asks ? now : undefined)
    })
  }

  function refused(message: ErrorMessage): void {
    // A server that was killed knows nothing of a session that had not begun.
    if (message.code === 'EMO_SESSION_UNKNOWN' && options.startOver()) {
      drop()
      open()
    } else if (PASSING.includes(message.code)) lose(toError(message))
    else end(toError(message))
  }

  function lose(error: EmographError, final = false): void {
    if (state === 'closed') return
    drop()
    if (state === 'open') lostAt = clock.now()
    const retryInMs = final || !greeted ? undefined : nextDelay(options.session()?.resumeMs)
    if (retryInMs === undefined) {
      end(error)
      return
    }
    attempt++
    state = 'resuming'
    stopTimer = clock.after(retryInMs, open)
    options.onState({ type: 'state', state, error, attempt, retryInMs })
  }

  /** How long to wait before the next attempt, in ms; undefined when there is none. @param resumeMs of the session */
  function nextDelay(resumeMs: number | undefined): number | undefined {
    if (resume === false || resumeMs === 0) return undefined
    const { attempts = Number.POSITIVE_INFINITY, maxMs = resumeMs ?? UNKNOWN_RESUME_MS } = resume
    const delay = backoffMs(attempt, resume, clock.random)
    return attempt < attempts && clock.now() + delay - lostAt <= maxMs ? delay : undefined
  }

  function drop(): void {
    stopTimer()
    connection?.close()
    connection = undefined
  }

  function end(error?: EmographError): void {
    if (state === 'closed') return
    drop()
    state = 'closed'
    options.onState({ type: 'state', state, ...(error === undefined ? {} : { error }) })
  }

  open()
  return {
    get state() {
      return state
    },
    end,
  }
}

const closed = (got: string): EmographError => new EmographError('EMO_CONNECTION_CLOSED', { got })

const resumeMessage = ({ id, token, lastSeq }: SessionKey): string =>
  JSON.stringify({ type: 'session.resume', request_id: RESUME_ID, session_id: id, token, last_seq: lastSeq })

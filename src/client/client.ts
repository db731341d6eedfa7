import { EmographError } from '../errors.ts'
import type { ClientMessageInput } from '../server/protocol/client-messages.ts'
import type {
  ServerMessage,
  ServerMessageOf,
  ServerMessageType,
  UtteranceLabel,
} from '../server/protocol/server-messages.ts'
import { systemClock } from './clock.ts'
import { findWebSocket, openConnection, type WebSocketConstructor } from './connection.ts'
import { createInterims } from './interims.ts'
import { createLink, type Link } from './link.ts'
import { createMediaBuffer } from './media-buffer.ts'
import { createMediaSender } from './media-sender.ts'
import { createOutbox } from './outbox.ts'
import { createRequests } from './requests.ts'
import { toError } from './server-error.ts'
import { createSessionState } from './session-state.ts'
import type { Client, ClientEvent, ConnectOptions, ImportInput, TranscriptInput } from './types.ts'

export type * from './types.ts'

/** At true speed, half a minute of media is what a resumed session is worth sending; the rest bounds memory. */
const BUFFER = { audioMs: 30_000, videoMs: 30_000, requests: 1_000, bytes: 8 * 1024 * 1024 } as const
const HEARTBEAT_MS = 15_000

/**
 * Connects to `emograph serve` and resolves with the session's greeting in hand. Each awaited call fails with the coded
 * error that the server answers it by, or with EMO_CONNECTION_CLOSED.
 *
 * A connection that is lost is made again: what was missed comes, in its order and once, what was not acknowledged is
 * sent again, calls made meanwhile wait.
 *
 * @example
 * const client = await connect('ws://127.0.0.1:8765/v1/session')
 * await client.configure({ participants: [{ id: 'ann' }], consent: true, purpose: 'notes of this meeting' })
 * const { label } = await client.label({ participant: 'ann', text: 'What a day!', start_ms: 0, end_ms: 900 })
 * await client.close()
 *
 * @throws EMO_CONNECTION_FAILED, EMO_CONNECTION_CLOSED when `options.signal` gave it up, and for a session that is taken up
 * what the server answers
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Client> {
  const Socket = options.WebSocket ?? (await findWebSocket())
  const { signal } = options
  if (signal?.aborted) throw givenUp()
  return new Promise((resolve, reject) => {
    const link = createClient(url, Socket, options, {
      resolve(client) {
        signal?.removeEventListener('abort', giveUp)
        resolve(client)
      },
      reject(error) {
        signal?.removeEventListener('abort', giveUp)
        reject(error)
      },
    })
    function giveUp(): void {
      link.end(givenUp())
    }
    signal?.addEventListener('abort', giveUp)
  })
}

function createClient(
  url: string,
  Socket: WebSocketConstructor,
  options: ConnectOptions,
  greeted: { resolve: (client: Client) => void; reject: (error: unknown) => void },
): Link {
  const { clock = systemClock } = options
  const limits = { ...BUFFER, ...options.buffer }
  const session = createSessionState(options.session)
  const requests = createRequests(clock.random)
  const outbox = createOutbox(clock)
  const media = createMediaBuffer(outbox, limits, clock, dispatch)
  const listeners = new Map<ClientEvent['type'], Set<(event: ClientEvent) => void>>()
  let requestBytes = 0

  const link = createLink({
    open: (events) => openConnection(Socket, url, options.token, events),
    clock,
    resume: options.resume ?? {},
    heartbeatMs: options.heartbeatMs ?? HEARTBEAT_MS,
    session: () => session.key,
    startOver: session.startOver,
    onMessage: receive,
    onUp(connection, resumed) {
      outbox.open(connection, (entry) => media.needs(entry, resumed, session.settings))
      greeted.resolve(client)
    },
    onState(event) {
      if (event.state === 'resuming') outbox.hold()
      if (event.state === 'closed') finish(event.error)
      dispatch(event)
    },
  })
  const interims = createInterims(outbox)
  const sender = createMediaSender(media, session)

  function receive(message: ServerMessage): void {
    const over = message.type === 'session.closed' && message.reason !== 'shutdown'
    if (session.take(message)) {
      if (message.type === 'error') requests.fail(message.request_id, toError(message))
      else if (message.type !== 'utterance.label' || !message.interim) requests.answer(message.request_id, message)
      if (message.type === 'rate_limited') outbox.pause(message.retry_after_ms)
      guarded(() => options.onMessage?.(message))
      dispatch(message)
    }
    if (message.type === 'error' && message.fatal) link.end(toError(message))
    else if (over) link.end(message.reason === 'client' ? undefined : closedSession(message.reason))
  }

  function dispatch(event: ClientEvent): void {
    for (const listener of [...(listeners.get(event.type) ?? [])]) guarded(() => listener(event))
  }

  function finish(error: EmographError | undefined): void {
    const reason = error ?? new EmographError('EMO_CONNECTION_CLOSED', { got: 'a client that was closed' })
    requests.failAll(reason)
    outbox.dispose(reason)
    media.dispose()
    greeted.reject(error ?? closedSession('client'))
  }

  /** Sends a message and waits for the answer of that type. */
  async function ask<T extends ServerMessageType>(
    message: ClientMessageInput,
    answer: T,
    id = requests.nextId(),
  ): Promise<ServerMessageOf<T>> {
    const data = JSON.stringify({ ...message, request_id: id })
    if (requests.size >= limits.requests || requestBytes + data.length > limits.bytes)
      throw new EmographError('EMO_RATE_LIMITED', {
        expected: `at most ${limits.requests} requests and ${limits.bytes} bytes without an answer`,
        fix: 'Wait for answers before you send more.',
      })
    requestBytes += data.length
    const entry = outbox.add({ kind: 'message', data })
    return requests.expect(answer, id, () => {
      requestBytes -= data.length
      outbox.remove(entry)
    })
  }

  /** Messages are taken in their order: the answer to a `ping` says that what was sent before it is taken or refused. */
  async function importTranscript(transcript: ImportInput): Promise<void> {
    const id = requests.nextId()
    const taken = ask({ type: 'transcript.import', ...transcript }, 'pong', id)
    ask({ type: 'ping' }, 'pong').then(
      (pong) => requests.answer(id, pong),
      (error: unknown) => requests.fail(id, error),
    )
    await taken
  }

  function checkOpen(): void {
    if (link.state === 'closed') throw new EmographError('EMO_CONNECTION_CLOSED', { got: 'a client that was closed' })
  }

  const label = (transcript: TranscriptInput): Promise<UtteranceLabel> => {
    interims.finish(transcript.participant)
    return ask({ type: 'transcript', ...transcript, final: true }, 'utterance.label')
  }

  const client: Client = {
    get session() {
      return session.created!
    },
    get settings() {
      return session.settings
    },
    get state() {
      return link.state
    },
    get credentials() {
      return session.credentials!
    },
    get bufferedAmount() {
      return outbox.bufferedAmount
    },
    configure: (settings) => ask({ type: 'session.update', ...settings }, 'session.updated'),
    label,
    interim(transcript) {
      checkOpen()
      interims.put(transcript)
    },
    endUtterance(participant, endMs) {
      const open = interims.finish(participant)
      // The whole of it means the same, and can be sent again whether the server has heard the interim one or not.
      if (open !== undefined) return label({ ...open, end_ms: endMs ?? open.end_ms })
      return ask(
        { type: 'utterance.end', participant, ...(endMs === undefined ? {} : { end_ms: endMs }) },
        'utterance.label',
      )
    },
    importTranscript,
    sendAudio(participant, startMs, samples) {
      checkOpen()
      sender.audio(participant, startMs, samples)
    },
    sendImage(participant, startMs, jpeg) {
      checkOpen()
      sender.image(participant, startMs, jpeg)
    },
    async ping() {
      await ask({ type: 'ping' }, 'pong')
    },
    drained: () => outbox.drained(),
    on(type, listener) {
      const of = listeners.get(type) ?? new Set()
      listeners.set(type, of.add(listener as (event: ClientEvent) => void))
      return () => {
        of.delete(listener as (event: ClientEvent) => void)
      }
    },
    close: () => ask({ type: 'session.close' }, 'session.closed'),
    terminate: () => link.end(),
  }
  return link
}

/** A listener's fault is its own: the messages after it still come. */
function guarded(call: () => void): void {
  try {
    call()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}

const givenUp = (): EmographError =>
  new EmographError('EMO_CONNECTION_CLOSED', { got: 'a connection that was given up before it was there' })

const closedSession = (reason: string): EmographError =>
  new EmographError('EMO_SESSION_CLOSED', { got: `a session that was closed (${reason})` })

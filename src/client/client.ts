import { EmographError, ERRORS, type ErrorCode } from '../errors.ts'
import type { ClientMessageInput, SessionUpdate } from '../server/protocol/client-messages.ts'
import type {
  ErrorMessage,
  ServerMessage,
  ServerMessageOf,
  ServerMessageType,
  SessionClosed,
  SessionCreated,
  SessionUpdated,
  UtteranceLabel,
} from '../server/protocol/server-messages.ts'
import { type Connection, openConnection, type WebSocketConstructor } from './connection.ts'
import { createRequests } from './requests.ts'

export type TranscriptInput = Omit<Extract<ClientMessageInput, { type: 'transcript' }>, 'type' | 'request_id' | 'final'>
export type SettingsInput = Omit<SessionUpdate, 'type' | 'request_id'>

/** One conversation with a server. */
export interface Client {
  /** The server's greeting: the session, the model, the limits. */
  readonly session: SessionCreated
  /** Sends `session.update`; resolves with the settings as they now are. */
  configure(settings: SettingsInput): Promise<SessionUpdated>
  /** Sends a final transcript; resolves with its label. */
  label(transcript: TranscriptInput): Promise<UtteranceLabel>
  /** Sends an interim transcript, which is not answered by a label. */
  interim(transcript: TranscriptInput): void
  /** Resolves when the server has answered a `ping`. */
  ping(): Promise<void>
  /** Calls `listener` with every message of that type, until the returned function is called. */
  on<T extends ServerMessageType>(type: T, listener: (message: ServerMessageOf<T>) => void): () => void
  /** Sends `session.close`; resolves when every label and revision has come. */
  close(): Promise<SessionClosed>
  /** Ends the connection at once; what is awaited fails with EMO_CONNECTION_CLOSED. */
  terminate(): void
}

export interface ConnectOptions {
  /** Taken instead of the global `WebSocket` or that of the package `ws`. */
  readonly WebSocket?: WebSocketConstructor
}

/**
 * Connects to `emograph serve` and resolves with the session's greeting in hand. Each awaited call fails with the coded
 * error that the server answers it by, or with EMO_CONNECTION_CLOSED.
 *
 * @example
 * const client = await connect('ws://127.0.0.1:8765/v1/session')
 * await client.configure({ participants: [{ id: 'ann' }], consent: true, purpose: 'notes of this meeting' })
 * const { label } = await client.label({ participant: 'ann', text: 'What a day!', start_ms: 0, end_ms: 900 })
 * await client.close()
 *
 * @throws EMO_CONNECTION_FAILED
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Client> {
  const requests = createRequests()
  const listeners = new Map<ServerMessageType, Set<(message: ServerMessage) => void>>()
  const created = requests.expect('session.created', GREETING)
  // When the connection cannot be opened, that is the error; nobody waits for the greeting then.
  created.catch(() => {})

  const connection = await openConnection(
    url,
    {
      onMessage(message) {
        if (message.type === 'error' && message.fatal) requests.failAll(toError(message))
        else if (message.type === 'error') requests.fail(message.request_id, toError(message))
        else requests.answer(message.type === 'session.created' ? GREETING : message.request_id, message)
        for (const listener of listeners.get(message.type) ?? []) listener(message)
      },
      onClose: (error) => requests.failAll(error),
    },
    options.WebSocket,
  )
  return createClient(connection, await created, requests, listeners)
}

/** The name of the one answer that no message asks for. */
const GREETING = 'greeting'

function createClient(
  connection: Connection,
  session: SessionCreated,
  requests: ReturnType<typeof createRequests>,
  listeners: Map<ServerMessageType, Set<(message: ServerMessage) => void>>,
): Client {
  /** Sends a message and waits for the answer of that type. */
  async function ask<T extends ServerMessageType>(message: ClientMessageInput, answer: T): Promise<ServerMessageOf<T>> {
    const id = requests.nextId()
    const expected = requests.expect(answer, id)
    try {
      connection.send({ ...message, request_id: id })
    } catch (error) {
      requests.failAll(error)
    }
    return expected
  }

  return {
    session,
    configure: (settings) => ask({ type: 'session.update', ...settings }, 'session.updated'),
    label: (transcript) => ask({ type: 'transcript', ...transcript, final: true }, 'utterance.label'),
    interim: (transcript) => connection.send({ type: 'transcript', ...transcript, final: false }),
    ping: async () => {
      await ask({ type: 'ping' }, 'pong')
    },
    on(type, listener) {
      const of = listeners.get(type) ?? new Set()
      listeners.set(type, of.add(listener as (message: ServerMessage) => void))
      return () => {
        of.delete(listener as (message: ServerMessage) => void)
      }
    },
    close: () => ask({ type: 'session.close' }, 'session.closed'),
    terminate: () => connection.close(),
  }
}

/** The server's error as one of ours, its message as the server wrote it. */
function toError(message: ErrorMessage): EmographError {
  const error = new EmographError(Object.hasOwn(ERRORS, message.code) ? (message.code as ErrorCode) : 'EMO_INTERNAL')
  error.message = message.message
  return error
}

import { EmographError } from '../errors.ts'
import { type ServerMessage, serverMessageSchema } from '../server/protocol/server-messages.ts'

/** What the client needs of a WebSocket: the browser's, Node's (22 and later), or that of the package `ws`. */
export interface WebSocketLike {
  /** Bytes that were given to `send` and are not on their way yet. */
  readonly bufferedAmount?: number
  send(data: string | Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'open' | 'error', listener: () => void): void
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
}

export type WebSocketConstructor = new (url: string, protocols?: string[]) => WebSocketLike

/** One WebSocket whose messages are checked. */
export interface Connection {
  readonly bufferedAmount: number
  send(data: string | Uint8Array<ArrayBuffer>): void
  /** Ends it; none of its events comes any more. */
  close(): void
}

export interface ConnectionEvents {
  readonly onOpen: () => void
  readonly onMessage: (message: ServerMessage) => void
  /**
   * The connection could not be opened or has ended, by itself, or because a message came that is not of the protocol;
   * called once. `final`: another connection would end in the same way.
   */
  readonly onClose: (error: EmographError, final: boolean) => void
}

/**
 * @param token of the server, by a subprotocol: a browser can give a WebSocket no other header.
 * @throws EMO_CONNECTION_FAILED for an address or token that no WebSocket takes
 */
export function openConnection(
  Socket: WebSocketConstructor,
  url: string,
  token: string | undefined,
  events: ConnectionEvents,
): Connection {
  const failed = (cause?: unknown): EmographError =>
    new EmographError('EMO_CONNECTION_FAILED', { field: 'url', got: withoutQuery(url), cause })
  const socket = openSocket(Socket, url, token, failed)
  let opened = false
  let ended = false

  function end(error: EmographError, final: boolean): void {
    if (ended) return
    ended = true
    events.onClose(error, final)
  }

  socket.addEventListener('open', () => {
    opened = true
    if (!ended) events.onOpen()
  })
  socket.addEventListener('message', ({ data }) => {
    if (ended) return
    const message = parseServerMessage(data)
    if (message !== undefined) return events.onMessage(message)
    socket.close(1002)
    end(new EmographError('EMO_CONNECTION_CLOSED', { got: 'a message that is not of protocol v1' }), true)
  })
  // `close` follows, and knows more.
  socket.addEventListener('error', () => {})
  socket.addEventListener('close', ({ code, reason }) => {
    if (!opened) return end(failed(), false)
    const got = `close code ${code}${reason === '' ? '' : ` (${reason})`}`
    end(new EmographError('EMO_CONNECTION_CLOSED', { got }), isFinal(code, reason))
  })
  return {
    get bufferedAmount() {
      return socket.bufferedAmount ?? 0
    },
    send: (data) => socket.send(data),
    close() {
      ended = true
      socket.close(1000)
    },
  }
}

/** The global one; where there is none (Node 20), that of the package `ws`. */
export async function findWebSocket(): Promise<WebSocketConstructor> {
  if (typeof globalThis.WebSocket === 'function') return globalThis.WebSocket
  return (await import('ws')).WebSocket
}

function openSocket(
  Socket: WebSocketConstructor,
  url: string,
  token: string | undefined,
  failed: (cause: unknown) => EmographError,
): WebSocketLike {
  try {
    return token === undefined ? new Socket(url) : new Socket(url, ['emograph.v1', `emograph.bearer.${token}`])
  } catch (cause) {
    throw failed(cause)
  }
}

/** RFC 6455, 7.4.1: the codes by which one side says that it cannot go on with the other. */
const FINAL_CODES: readonly number[] = [1002, 1003, 1007, 1008, 1009, 1010, 1011]

/** A client that has read too slowly finds its session as it was; any other refusal would come again. */
const isFinal = (code: number, reason: string): boolean =>
  FINAL_CODES.includes(code) && reason !== 'EMO_CLIENT_TOO_SLOW'

function parseServerMessage(data: unknown): ServerMessage | undefined {
  try {
    return serverMessageSchema.parse(JSON.parse(String(data)))
  } catch {
    return undefined
  }
}

const withoutQuery = (url: string): string => url.split('?', 1)[0]!

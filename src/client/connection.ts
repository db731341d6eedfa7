import { EmographError } from '../errors.ts'
import type { ClientMessageInput } from '../server/protocol/client-messages.ts'
import { type ServerMessage, serverMessageSchema } from '../server/protocol/server-messages.ts'

/** What the client needs of a WebSocket: the browser's, Node's (22 and later), or that of the package `ws`. */
export interface WebSocketLike {
  send(data: string): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'open' | 'error', listener: () => void): void
  addEventListener(type: 'close', listener: (event: { code: number; reason: string }) => void): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
}

export type WebSocketConstructor = new (url: string) => WebSocketLike

/** A connection whose messages are checked. */
export interface Connection {
  send(message: ClientMessageInput): void
  close(): void
}

export interface ConnectionEvents {
  readonly onMessage: (message: ServerMessage) => void
  /** The connection has ended, or a message came that is not of the protocol; called once. */
  readonly onClose: (error: EmographError) => void
}

/** @throws EMO_CONNECTION_FAILED */
export async function openConnection(
  url: string,
  events: ConnectionEvents,
  WebSocketClass?: WebSocketConstructor,
): Promise<Connection> {
  const Socket = WebSocketClass ?? (await findWebSocket())
  const socket = new Socket(url)
  let ended = false

  function end(error: EmographError): void {
    if (ended) return
    ended = true
    events.onClose(error)
  }

  socket.addEventListener('message', ({ data }) => {
    const message = parseServerMessage(data)
    if (message !== undefined) return events.onMessage(message)
    socket.close(1002)
    end(new EmographError('EMO_CONNECTION_CLOSED', { got: 'a message that is not of protocol v1' }))
  })
  await new Promise<void>((resolve, reject) => {
    const failed = (): void =>
      reject(new EmographError('EMO_CONNECTION_FAILED', { field: 'url', got: withoutQuery(url) }))
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', failed)
    socket.addEventListener('close', ({ code, reason }) => {
      failed()
      end(
        new EmographError('EMO_CONNECTION_CLOSED', { got: `close code ${code}${reason === '' ? '' : ` (${reason})`}` }),
      )
    })
  })
  return {
    send(message) {
      if (ended) throw new EmographError('EMO_CONNECTION_CLOSED', { got: message.type })
      socket.send(JSON.stringify(message))
    },
    close: () => socket.close(1000),
  }
}

async function findWebSocket(): Promise<WebSocketConstructor> {
  if (typeof globalThis.WebSocket === 'function') return globalThis.WebSocket
  return (await import('ws')).WebSocket
}

function parseServerMessage(data: unknown): ServerMessage | undefined {
  try {
    return serverMessageSchema.parse(JSON.parse(String(data)))
  } catch {
    return undefined
  }
}

const withoutQuery = (url: string): string => url.split('?', 1)[0]!

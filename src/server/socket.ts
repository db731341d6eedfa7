import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type RawData, type WebSocket, WebSocketServer } from 'ws'
import { EmographError, isEmographError } from '../errors.ts'
import type { Limits } from './limits.ts'
import type { Logger } from './log.ts'
import { checkOrigin, type OriginPolicy } from './origin.ts'
import { SESSION_PATH } from './protocol/fields.ts'
import type { ServerMessage } from './protocol/server-messages.ts'
import type { ServedModel } from './served-model.ts'
import { createSession, type Session } from './session.ts'

export interface SocketOptions {
  readonly model: ServedModel
  readonly limits: Limits
  readonly origins: () => OriginPolicy
  /** A connection that has not answered a ping for this long, in ms, is cut. */
  readonly heartbeatMs: number
  readonly log: Logger
}

/** The WebSocket side: one connection is one session. */
export interface Sockets {
  readonly sessions: number
  /** Takes no new connection, ends every session after what it has accepted is labelled. */
  drain(): Promise<void>
  /** Cuts what is still connected. */
  terminate(): void
}

/** Serves protocol v1 at `SESSION_PATH` of an HTTP server. */
export function attachSockets(server: Server, options: SocketOptions): Sockets {
  const { limits, log } = options
  const sessions = new Map<WebSocket, Session>()
  let draining = false

  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.payloadBytes,
    // A message comes in few pieces from an honest client; each piece costs memory that `maxPayload` does not count.
    maxFragments: 64,
    maxBufferedChunks: 1_024,
    perMessageDeflate: false,
  })

  server.on('upgrade', (request, stream, head) => {
    try {
      checkUpgrade(request)
    } catch (error) {
      return refuseUpgrade(stream, isEmographError(error) ? error : new EmographError('EMO_INTERNAL', { cause: error }))
    }
    sockets.handleUpgrade(request, stream, head, connect)
  })

  function checkUpgrade(request: IncomingMessage): void {
    checkOrigin(request, options.origins())
    if (pathOf(request) !== SESSION_PATH) throw new EmographError('EMO_NOT_FOUND', { expected: SESSION_PATH })
    if (draining) throw new EmographError('EMO_SHUTTING_DOWN')
    if (sessions.size >= limits.sessions)
      throw new EmographError('EMO_SESSION_LIMIT', { expected: `at most ${limits.sessions} sessions` })
  }

  function connect(socket: WebSocket): void {
    const id = randomUUID()
    const sessionLog = log.child({ session: id })
    const session = createSession({
      id,
      model: options.model,
      limits,
      send: (message) => deliver(socket, message),
      end: (fault) => socket.close(fault === undefined ? 1000 : closeCode(fault), fault?.code ?? ''),
      onFault: (err) => sessionLog.error({ err }, 'session fault'),
    })
    sessions.set(socket, session)
    sessionLog.info({ sessions: sessions.size }, 'session opened')
    const stopHeartbeat = startHeartbeat(socket, options.heartbeatMs)
    socket.on('message', (data, binary) => receive(session, data, binary))
    // What ws refuses (a frame against RFC 6455, a payload beyond the limit) it closes with 1002, 1007 or 1009 itself.
    socket.on('error', (err) => sessionLog.warn({ err }, 'connection error'))
    socket.on('close', (code) => {
      stopHeartbeat()
      session.abandon()
      sessions.delete(socket)
      sessionLog.info({ code, sessions: sessions.size }, 'session closed')
    })
  }

  function receive(session: Session, data: RawData, binary: boolean): void {
    const bytes = data as Buffer
    if (binary)
      session.refuse(
        new EmographError('EMO_MESSAGE_UNSUPPORTED', { got: 'a binary frame', fix: 'Send transcripts and features.' }),
      )
    else if (bytes.length > limits.messageBytes)
      session.refuse(
        new EmographError('EMO_MESSAGE_TOO_LARGE', {
          expected: `${limits.messageBytes} bytes`,
          got: `${bytes.length}`,
        }),
      )
    else session.receive(bytes.toString('utf8'))
  }

  function deliver(socket: WebSocket, message: ServerMessage): void {
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount <= limits.unreadBytes) {
      socket.send(JSON.stringify(message))
      return
    }
    // Whoever does not read would not read an error either: the close code and its reason have to do.
    const error = new EmographError('EMO_CLIENT_TOO_SLOW')
    log.warn({ session: sessions.get(socket)?.id, code: error.code }, 'connection cut')
    socket.close(closeCode(error), error.code)
    sessions.get(socket)?.abandon()
  }

  return {
    get sessions() {
      return sessions.size
    },
    async drain() {
      draining = true
      await Promise.all([...sessions.values()].map((session) => session.close('shutdown')))
    },
    terminate() {
      for (const socket of sessions.keys()) socket.terminate()
    },
  }
}

/** RFC 6455: 1011 a fault of the server, 1009 too large, 1008 anything else that the server will not go on with. */
export function closeCode(error: EmographError): number {
  if (error.status === 413) return 1009
  return error.status >= 500 ? 1011 : 1008
}

function startHeartbeat(socket: WebSocket, everyMs: number): () => void {
  let alive = true
  socket.on('pong', () => {
    alive = true
  })
  const timer = setInterval(() => {
    if (!alive) return socket.terminate()
    alive = false
    socket.ping()
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}

function refuseUpgrade(stream: Duplex, error: EmographError): void {
  const body = JSON.stringify({ error: { code: error.code, message: error.message } })
  stream.on('error', () => stream.destroy())
  stream.end(
    [
      `HTTP/1.1 ${error.status} Refused`,
      'Connection: close',
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  )
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0]!
}

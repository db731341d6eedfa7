import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { EmographError, isEmographError } from '../errors.ts'
import { type Connection, createConnection } from './connection.ts'
import { createFlow } from './flow.ts'
import type { Logger } from './log.ts'
import { checkOrigin, type OriginPolicy } from './origin.ts'
import { SESSION_PATH } from './protocol/fields.ts'
import type { SessionContext } from './session-context.ts'
import type { SessionRegistry } from './session-registry.ts'
import { createSocketPeer } from './socket-peer.ts'
import { websocketOptions } from './websocket-options.ts'

export interface SocketOptions {
  readonly context: SessionContext
  readonly registry: SessionRegistry
  readonly origins: () => OriginPolicy
  /** A connection that has not answered a ping for this long, in ms, is cut. */
  readonly heartbeatMs: number
  readonly log: Logger
}

/** One message as ws gives it. */
interface Frame {
  readonly bytes: Buffer
  readonly binary: boolean
}

/** The WebSocket side: one connection speaks to one session, which may outlive it. */
export interface Sockets {
  readonly connections: number
  /** Takes no new connection. */
  refuseAll(): void
  /** Cuts what is still connected. */
  terminate(): void
}

/** Serves protocol v1 at `SESSION_PATH` of an HTTP server. */
export function attachSockets(server: Server, options: SocketOptions): Sockets {
  const { context, registry, log } = options
  const { limits } = context
  const connections = new Map<WebSocket, Connection>()
  let draining = false

  const sockets = new WebSocketServer({ noServer: true, ...websocketOptions(limits) })

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
    if (connections.size >= limits.sessions)
      throw new EmographError('EMO_SESSION_LIMIT', { expected: `at most ${limits.sessions} connections` })
  }

  function connect(socket: WebSocket): void {
    const flow = createFlow<Frame>({
      handle: (frame) => handle(connection, frame),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      onHeld: (reason, retryAfterMs) => connection.held(reason, retryAfterMs),
      now: context.now,
    })
    const peer = createSocketPeer(socket, {
      flow,
      limits,
      onTooSlow: ({ code }) => log.warn({ session: connection.session?.id, code }, 'connection cut'),
    })
    const connection = createConnection(context, { registry, peer })
    connections.set(socket, connection)
    const connectionLog = log.child({ session: connection.session?.id })
    connectionLog.info({ connections: connections.size }, 'connection opened')
    const stopHeartbeat = startHeartbeat(socket, { everyMs: options.heartbeatMs, isHeld: () => flow.held })
    socket.on('message', (data, binary) => flow.take({ bytes: data as Buffer, binary }))
    // What ws refuses (a frame against RFC 6455, a payload beyond the limit) it closes with 1002, 1007 or 1009 itself.
    socket.on('error', (err) => connectionLog.warn({ err }, 'connection error'))
    socket.on('close', (code) => {
      stopHeartbeat()
      flow.dispose()
      connections.delete(socket)
      connection.lost()
      log.info({ session: connection.session?.id, code, connections: connections.size }, 'connection closed')
    })
  }

  function handle(connection: Connection, { bytes, binary }: Frame): void {
    if (bytes.length > limits.messageBytes)
      connection.refuse(
        new EmographError('EMO_MESSAGE_TOO_LARGE', {
          expected: `${limits.messageBytes} bytes`,
          got: `${bytes.length}`,
        }),
      )
    else if (binary) connection.receiveFrame(bytes)
    else connection.receive(bytes.toString('utf8'))
  }

  return {
    get connections() {
      return connections.size
    },
    refuseAll() {
      draining = true
    },
    terminate() {
      for (const socket of connections.keys()) socket.terminate()
    },
  }
}

interface Heartbeat {
  readonly everyMs: number
  /** The server itself does not read the socket now, and so not the answers to its pings. */
  readonly isHeld: () => boolean
}

function startHeartbeat(socket: WebSocket, { everyMs, isHeld }: Heartbeat): () => void {
  let alive = true
  socket.on('pong', () => {
    alive = true
  })
  const timer = setInterval(() => {
    if (!alive && !isHeld()) return socket.terminate()
    alive = isHeld()
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

import type { IncomingMessage, Server } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import { EmographError, isEmographError } from '../errors.ts'
import { type AdmissionOptions, type Admitted, admit } from './admission.ts'
import { type Connection, createConnection } from './connection.ts'
import { createFlow } from './flow.ts'
import { startHeartbeat } from './heartbeat.ts'
import type { Logger } from './log.ts'
import { createPace, type PaceConfig, paceOf } from './pace.ts'
import { refuseUpgrade } from './refuse-upgrade.ts'
import type { SessionContext } from './session-context.ts'
import type { SessionRegistry } from './session-registry.ts'
import { createSocketPeer } from './socket-peer.ts'
import { websocketOptions } from './websocket-options.ts'

export interface SocketOptions {
  readonly context: SessionContext
  readonly registry: SessionRegistry
  readonly admission: AdmissionOptions
  /** Ms within which a connection has to begin or resume a session. */
  readonly setupMs: number
  /** A connection that has not answered a ping for this long, in ms, is cut. */
  readonly heartbeatMs: number
  /** How fast media may come. */
  readonly pace: PaceConfig
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
    // Until ws has it, nobody else looks after a connection that breaks.
    stream.on('error', () => stream.destroy())
    try {
      const admitted = admitOne(request)
      stream.once('close', admitted.meter.release)
      sockets.handleUpgrade(request, stream, head, (socket) => connect(socket, admitted))
    } catch (cause) {
      const error = isEmographError(cause) ? cause : new EmographError('EMO_INTERNAL', { cause })
      if (error.code === 'EMO_INTERNAL') log.error({ err: cause }, 'upgrade failed')
      context.observe({ type: 'refused', code: error.code })
      refuseUpgrade(stream, error)
    }
  })

  function admitOne(request: IncomingMessage): Admitted {
    if (draining) throw new EmographError('EMO_SHUTTING_DOWN')
    if (connections.size >= limits.sessions)
      throw new EmographError('EMO_SESSION_LIMIT', { expected: `at most ${limits.sessions} connections` })
    return admit(request, options.admission)
  }

  function connect(socket: WebSocket, { owner, address, meter }: Admitted): void {
    const pace = createPace(options.pace, context.now)
    const flow = createFlow<Frame>({
      handle(frame) {
        handle(connection, frame)
        const aheadMs = frame.binary ? paceOf(frame.bytes, pace) : 0
        if (aheadMs > 0) flow.holdFor('faster_than_real_time', aheadMs)
      },
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
    const connection = createConnection(context, { registry, peer, owner })
    connections.set(socket, connection)
    if (connection.session !== undefined) options.admission.limiter.sessionBegan(connection.session.id, address)
    const stopSetup = startSetupTimer(connection, options.setupMs)
    const connectionLog = log.child({ session: connection.session?.id })
    connectionLog.info({ connections: connections.size }, 'connection opened')
    const stopHeartbeat = startHeartbeat(socket, { everyMs: options.heartbeatMs, isHeld: () => flow.held })
    const count = (bytes: number): void => {
      const excess = meter.count(bytes)
      if (excess !== undefined) flow.holdFor(excess.reason, excess.waitMs)
    }
    socket.on('message', (data, binary) => {
      const bytes = data as Buffer
      flow.take({ bytes, binary })
      count(bytes.length)
    })
    // They cost as much as messages. A client that does not read their answers is cut by ws, at 60 of them.
    socket.on('ping', (data) => count(data.length))
    socket.on('pong', (data) => count(data.length))
    // What ws refuses (a frame against RFC 6455, a payload beyond the limit) it closes with 1002, 1007 or 1009 itself.
    socket.on('error', (err) => connectionLog.warn({ err }, 'connection error'))
    socket.on('close', (code) => {
      stopHeartbeat()
      stopSetup()
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

/** A connection that begins nothing holds a place that others want. */
function startSetupTimer(connection: Connection, setupMs: number): () => void {
  const timer = setTimeout(() => {
    if (connection.session?.saved === false) connection.refuse(new EmographError('EMO_SETUP_TIMEOUT'))
  }, setupMs)
  timer.unref()
  return () => clearTimeout(timer)
}

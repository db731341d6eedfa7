import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { z } from 'zod'
import { EmographError } from '../errors.ts'
import { packageVersion } from '../package.ts'
import { createPredictor, type Predictor } from '../recognisers/predictor.ts'
import { createApp } from './app.ts'
import { parseServerConfig, type serverConfigSchema } from './config.ts'
import { createLog, type Logger } from './log.ts'
import { isLoopbackHost, type OriginPolicy } from './origin.ts'
import { SESSION_PATH } from './protocol/fields.ts'
import type { ServedModel } from './served-model.ts'
import { attachSockets } from './socket.ts'

export interface EmographServer {
  /** `http://127.0.0.1:8765` */
  readonly url: string
  /** `ws://127.0.0.1:8765/v1/session` */
  readonly socketUrl: string
  readonly sessions: number
  /** Takes nothing new, labels what is accepted, closes every session, frees the port. The model stays the caller's. */
  close(): Promise<void>
}

export type ServerOptions = z.input<typeof serverConfigSchema> & {
  readonly model: ServedModel
  readonly log?: Logger
  /** What answers `POST /v1/predict`; the shipped recognisers, loaded when they are first asked for, by default. */
  readonly predictor?: Predictor
}

/**
 * Starts a server for one model and resolves when it listens.
 *
 * @example
 * const server = await startServer({ model: await loadServedModel('models/emograph-iemocap6'), port: 0 })
 * console.log(await (await fetch(`${server.url}/healthz`)).json()) // { status: 'ok' }
 * await server.close()
 *
 * @throws EMO_CONFIG_INVALID, EMO_LISTEN_FAILED
 */
export async function startServer({
  model,
  log: givenLog,
  predictor: given,
  ...input
}: ServerOptions): Promise<EmographServer> {
  const config = parseServerConfig(input)
  const log = givenLog ?? createLog(config.logLevel)
  const loopback = isLoopbackHost(config.host)
  if (!loopback)
    log.warn({ host: config.host }, 'listening beyond the loopback interface: anyone who reaches the port may use it')

  const origins = (): OriginPolicy => ({ allowedOrigins: config.allowedOrigins, loopback })
  let closing: Promise<void> | undefined
  const predictor = given ?? createPredictor()
  const app = createApp({
    model,
    version: packageVersion(),
    origins,
    ready: () => closing === undefined,
    sessions: () => sockets.sessions,
    log,
    predictor,
    limits: config.limits,
  })
  const http = createServer(app)
  const { limits, heartbeatMs } = config
  const sockets = attachSockets(http, { model, limits, heartbeatMs, origins, log })
  const port = await listen(http, config.host, config.port)
  const authority = `${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`
  log.info({ host: config.host, port, model: model.name, backend: model.backend }, 'listening')

  async function shutDown(): Promise<void> {
    log.info({ sessions: sockets.sessions }, 'shutting down')
    const stopped = new Promise<void>((resolve) => http.close(() => resolve()))
    await Promise.race([sockets.drain(), delay(config.drainMs)])
    // The closing handshakes get a moment; who does not answer is cut.
    await Promise.race([stopped, delay(Math.min(1_000, config.drainMs))])
    sockets.terminate()
    http.closeAllConnections()
    await stopped
    if (given === undefined) await predictor.dispose()
  }

  return {
    url: `http://${authority}`,
    socketUrl: `ws://${authority}${SESSION_PATH}`,
    get sessions() {
      return sockets.sessions
    },
    close() {
      closing ??= shutDown()
      return closing
    },
  }
}

function listen(http: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    http.on('error', (cause: NodeJS.ErrnoException) => {
      reject(new EmographError('EMO_LISTEN_FAILED', { got: `${cause.code} at ${host}:${port}`, cause }))
    })
    http.listen(port, host, () => resolve((http.address() as AddressInfo).port))
  })
}

const delay = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })

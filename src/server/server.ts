import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { z } from 'zod'
import type { SpeechRecogniser } from '../encoders/speech/speech-recogniser.ts'
import { EmographError } from '../errors.ts'
import { packageVersion } from '../package.ts'
import { createPredictor, type Predictor } from '../recognisers/predictor.ts'
import { createApp } from './app.ts'
import { createAuthenticator } from './auth.ts'
import { parseServerConfig, type serverConfigSchema } from './config.ts'
import type { Observer } from './events.ts'
import { createHttpServer } from './http-server.ts'
import { createLoad } from './load.ts'
import { createLog, type Logger } from './log.ts'
import { createMediaEncoders, type MediaEncoders } from './media/media-encoders.ts'
import { createMediaIntake } from './media/media-intake.ts'
import { createMetrics } from './metrics.ts'
import { isLoopbackHost, type OriginPolicy } from './origin.ts'
import { SESSION_PATH } from './protocol/fields.ts'
import { createRateLimiter } from './rate-limit.ts'
import { retentionOf, startRetention } from './retention.ts'
import type { ServedModel } from './served-model.ts'
import type { SessionContext } from './session-context.ts'
import { interimLabelsOf } from './session-interim.ts'
import { createSessionRegistry } from './session-registry.ts'
import { attachSockets } from './socket.ts'
import { IN_MEMORY } from './store/database.ts'
import { createSessionStore } from './store/session-store.ts'

export interface EmographServer {
  /** `http://127.0.0.1:8765` */
  readonly url: string
  /** `ws://127.0.0.1:8765/v1/session` */
  readonly socketUrl: string
  /** In memory: those with a connection, and those that lost it a short while ago. */
  readonly sessions: number
  /**
   * Takes nothing new, labels what is accepted, tells every client, frees the port. Sessions that were not closed go on
   * when a server is started with the same `dataDir`. The model stays the caller's.
   */
  close(): Promise<void>
}

export type ServerOptions = z.input<typeof serverConfigSchema> & {
  readonly model: ServedModel
  /** Writes the words where voice activity cuts the utterances. It stays the caller's. */
  readonly speech?: SpeechRecogniser
  /** Stands for the encoders of sound and pictures that the model needs; it stays the caller's. */
  readonly mediaEncoders?: MediaEncoders
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
 * @throws EMO_CONFIG_INVALID, EMO_STORE_UNAVAILABLE, EMO_LISTEN_FAILED
 */
export async function startServer({
  model,
  speech,
  log: givenLog,
  predictor: given,
  mediaEncoders: givenEncoders,
  ...input
}: ServerOptions): Promise<EmographServer> {
  const config = parseServerConfig(input)
  const log = givenLog ?? createLog(config.logLevel)
  const loopback = isLoopbackHost(config.host)
  const auth = createAuthenticator(config.tokenHashes)
  if (!loopback && !auth.required)
    log.warn({ host: config.host }, 'no access tokens: anyone who reaches the port may use it (docs/security.md)')

  const origins: OriginPolicy = { allowedOrigins: config.allowedOrigins, loopback }
  let closing: Promise<void> | undefined
  const predictor = given ?? createPredictor()
  const retentionMs = retentionOf(config)
  const { limits, trustProxy } = config
  const limiter = createRateLimiter(limits)
  const metrics = createMetrics(() => ({
    sessions: registry.size,
    connections: sockets.connections,
    waiting: load.workload.waiting,
    oldestWaitMs: load.workload.ageMs(),
    quality: load.level,
  }))
  const observe: Observer = (event) => {
    metrics.observe(event)
    if (event.type === 'session.left') limiter.sessionLeft(event.session)
    if (event.type === 'media.clock') log.debug(event, 'media clocks')
  }
  const onWrite = (ms: number): void => metrics.observe({ type: 'store.written', ms })
  const store = createSessionStore({ path: storePath(config.dataDir), durability: config.durability, onWrite })
  const app = createApp({
    model,
    version: packageVersion(),
    origins,
    ready: () => closing === undefined,
    sessions: () => registry.size,
    log,
    predictor,
    limits,
    auth,
    limiter,
    trustProxy,
    metrics,
    speech: speech?.name,
    retentionMs,
    store,
    removeSession: (id) => registry.remove(id),
  })
  const http = createHttpServer(app, config, limiter)
  const now = (): number => performance.now()
  const load = createLoad(config.quality, now)
  const encoders =
    givenEncoders ?? createMediaEncoders(model, { framesPerSecond: limits.media.framesPerSecond, speech })
  const context: SessionContext = {
    model,
    speech,
    limits,
    store,
    resumeMs: config.resumeMs,
    observe,
    onFault: (session, err) => log.error({ err, session }, 'session fault'),
    now,
    today: () => Date.now(),
    load,
    mediaDeadlineMs: config.mediaDeadlineMs,
    createMedia: (hooks) => createMediaIntake({ encoders, limits: limits.media, now }, hooks),
    createInterim: interimLabelsOf({ model, load, observe, now, everyMs: config.interimMs }),
  }
  const registry = createSessionRegistry(context)
  const { heartbeatMs, setupMs } = config
  const admission = { auth, limiter, trustProxy, origins }
  const stopWatching = load.watch((message) => {
    log.info({ level: message.level, reason: message.reason }, 'quality changed')
    registry.each((session) => session.setQuality(message))
  })
  const sockets = attachSockets(http, { context, registry, admission, setupMs, heartbeatMs, pace: config.pace, log })
  const port = await listen(http, config.host, config.port).catch((error: unknown) => {
    stopWatching()
    store.close()
    throw error
  })
  const authority = `${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`
  const stopRetention = startRetention({ retentionMs, deleteExpired: registry.expire, log })
  log.info({ host: config.host, port, model: model.name, backend: model.backend }, 'listening')

  async function shutDown(): Promise<void> {
    log.info({ sessions: registry.size }, 'shutting down')
    sockets.refuseAll()
    stopRetention()
    // The port is open until all is labelled: whoever probes has to be told 503, and not find nobody.
    await Promise.race([registry.drain(), delay(config.drainMs)])
    const stopped = new Promise<void>((resolve) => http.close(() => resolve()))
    // The closing handshakes get a moment; who does not answer is cut.
    await Promise.race([stopped, delay(Math.min(1_000, config.drainMs))])
    stopWatching()
    registry.dispose()
    sockets.terminate()
    http.closeAllConnections()
    await stopped
    store.close()
    if (given === undefined) await predictor.dispose()
    if (givenEncoders === undefined) await encoders.dispose()
  }

  return {
    url: `http://${authority}`,
    socketUrl: `ws://${authority}${SESSION_PATH}`,
    get sessions() {
      return registry.size
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

const storePath = (dataDir: string): string => (dataDir === IN_MEMORY ? IN_MEMORY : join(dataDir, 'sessions.sqlite'))

const delay = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })

import type { z } from 'zod'
import type { SpeechRecogniser } from '../encoders/speech/speech-recogniser.ts'
import { packageVersion } from '../package.ts'
import type { Predictor } from '../recognisers/predictor.ts'
import type { AdmissionOptions } from './admission.ts'
import { createApp } from './app.ts'
import { createAuthenticator } from './auth.ts'
import { parseServerConfig, type ServerConfig, type serverConfigSchema } from './config.ts'
import type { Observer } from './events.ts'
import { createHttpServer, listen } from './http-server.ts'
import { createLoad, type ServerLoad } from './load.ts'
import { createLog, type Logger } from './log.ts'
import type { MediaEncoders } from './media/media-encoders.ts'
import { createMediaIntake } from './media/media-intake.ts'
import { createMetrics } from './metrics.ts'
import { isLoopbackHost } from './origin.ts'
import { createRateLimiter } from './rate-limit.ts'
import { retentionOf, startRetention } from './retention.ts'
import type { ServedModel } from './served-model.ts'
import { addressOf, type ServerAddress } from './server-address.ts'
import { openParts, type ServerParts } from './server-parts.ts'
import type { SessionContext } from './session-context.ts'
import { interimLabelsOf } from './session-interim.ts'
import { createSessionRegistry } from './session-registry.ts'
import { shutDown } from './shut-down.ts'
import { attachSockets } from './socket.ts'
import type { SessionStore } from './store/session-store.ts'

export interface EmographServer extends ServerAddress {
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
  /**
   * Where the sessions are kept, instead of in `dataDir`: opened before the model is loaded, it says early that another
   * server has it. It stays the caller's.
   */
  readonly store?: SessionStore
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
export async function startServer(options: ServerOptions): Promise<EmographServer> {
  const { model, speech, log: givenLog, store: givenStore, predictor, mediaEncoders, ...input } = options
  const config = parseServerConfig(input)
  const { limits, heartbeatMs, setupMs, pace, drainMs } = config
  const log = givenLog ?? createLog(config.logLevel)
  const admission = admissionOf(config, log)
  const retentionMs = retentionOf(config)
  const parts = openParts({ store: givenStore, predictor, mediaEncoders }, { model, speech, config })
  const { store } = parts
  const load = createLoad(config.quality, now)
  const metrics = createMetrics(() => ({
    sessions: registry.size,
    connections: sockets.connections,
    waiting: load.workload.waiting,
    oldestWaitMs: load.workload.ageMs(),
    quality: load.level,
  }))
  store.watch((ms) => metrics.observe({ type: 'store.written', ms }))
  const observe: Observer = (event) => {
    metrics.observe(event)
    if (event.type === 'session.left') admission.limiter.sessionLeft(event.session)
    if (event.type === 'media.clock') log.debug(event, 'media clocks')
  }
  const context = contextOf(options, { config, parts, load, observe, log })
  const registry = createSessionRegistry(context)
  let closing: Promise<void> | undefined
  const app = createApp({
    ...admission,
    model,
    version: packageVersion(),
    ready: () => closing === undefined,
    sessions: () => registry.size,
    log,
    predictor: parts.predictor,
    limits,
    metrics,
    speech: speech?.name,
    retentionMs,
    store,
    removeSession: registry.remove,
  })
  const http = createHttpServer(app, config, admission.limiter)
  const sockets = attachSockets(http, { context, registry, admission, setupMs, heartbeatMs, pace, log })
  const stopWatching = load.watch((message) => {
    log.info({ level: message.level, reason: message.reason }, 'quality changed')
    registry.each((session) => session.setQuality(message))
  })
  const bound = await listen(http, config.host, config.port).catch(async (error: unknown) => {
    stopWatching()
    await parts.release()
    throw error
  })
  const stopRetention = startRetention({ retentionMs, deleteExpired: registry.expire, log })
  log.info({ host: config.host, port: bound.port, model: model.name, backend: model.backend }, 'listening')

  async function end(): Promise<void> {
    log.info({ sessions: registry.size }, 'shutting down')
    stopRetention()
    await shutDown({ http, sockets, registry, drainMs })
    stopWatching()
    await parts.release()
  }

  return {
    ...addressOf(config.host, bound),
    get sessions() {
      return registry.size
    },
    close() {
      closing ??= end()
      return closing
    },
  }
}

/** Milliseconds of a clock that never goes back. */
const now = (): number => performance.now()

/** Who may talk to the server, from which pages, and how much. */
function admissionOf(config: ServerConfig, log: Logger): AdmissionOptions {
  const { host, tokenHashes, allowedOrigins, limits, trustProxy } = config
  const auth = createAuthenticator(tokenHashes)
  const loopback = isLoopbackHost(host)
  if (!loopback && !auth.required)
    log.warn({ host }, 'no access tokens: anyone who reaches the port may use it (docs/security.md)')
  return { auth, limiter: createRateLimiter(limits), trustProxy, origins: { allowedOrigins, loopback } }
}

interface ContextSetup {
  readonly config: ServerConfig
  readonly parts: ServerParts
  readonly load: ServerLoad
  readonly observe: Observer
  readonly log: Logger
}

/** What all sessions share. */
function contextOf({ model, speech }: ServerOptions, setup: ContextSetup): SessionContext {
  const { config, parts, load, observe, log } = setup
  const { limits, resumeMs, mediaDeadlineMs, interimMs } = config
  return {
    model,
    speech,
    limits,
    store: parts.store,
    resumeMs,
    observe,
    onFault: (session, err) => log.error({ err, session }, 'session fault'),
    now,
    today: () => Date.now(),
    load,
    mediaDeadlineMs,
    createMedia: (hooks) => createMediaIntake({ encoders: parts.mediaEncoders, limits: limits.media, now }, hooks),
    createInterim: interimLabelsOf({ model, load, observe, now, everyMs: interimMs }),
  }
}

import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express'
import { EmographError, isEmographError } from '../errors.ts'
import type { Predictor } from '../recognisers/predictor.ts'
import type { AdmissionOptions } from './admission.ts'
import { documentsRouter } from './documents/router.ts'
import { errorAnswer } from './error-answer.ts'
import { limitPredictions, metricsRouter, requireAccess } from './http-access.ts'
import type { PredictLimits } from './limits.ts'
import type { Logger } from './log.ts'
import type { Metrics } from './metrics.ts'
import { describeModel } from './model-description.ts'
import { checkOrigin, type OriginPolicy } from './origin.ts'
import { pageRouter } from './page.ts'
import { predictRouter } from './predict.ts'
import { PROTOCOL_VERSION, SESSION_PATH } from './protocol/fields.ts'
import { securityHeaders } from './security-headers.ts'
import type { ServedModel } from './served-model.ts'
import { sessionsRouter } from './sessions-router.ts'
import type { SessionStore } from './store/session-store.ts'

export interface AppOptions extends AdmissionOptions {
  readonly model: ServedModel
  readonly version: string
  /** False once the server has begun to shut down. */
  readonly ready: () => boolean
  readonly sessions: () => number
  readonly log: Logger
  readonly predictor: Predictor
  readonly limits: PredictLimits
  readonly metrics: Metrics
  /** The name of the speech recogniser. */
  readonly speech: string | undefined
  /** How long a conversation is kept after its last message; null: until it is deleted. */
  readonly retentionMs: number | null
  readonly store: SessionStore
  /** Ends a session and removes every trace of it. */
  readonly removeSession: (sessionId: string) => boolean
}

/**
 * The HTTP side: `GET /healthz`, `/readyz`, `/v1/version`, `/v1/model` (JSON, or the model card alone with
 * `Accept: text/markdown`), `POST /v1/predict` (see `predictRouter`), `/v1/sessions` (see `sessionsRouter`). Every error is `{ error: { code, message } }` with the status of its code.
 */
export function createApp(options: AppOptions): Express {
  const { model, version } = options
  const app = express()
  app.disable('x-powered-by')
  app.use(securityHeaders())
  app.use(sameOrigin(options.origins))
  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' })
  })
  app.get('/readyz', (_request, response) => {
    if (!options.ready()) throw new EmographError('EMO_SHUTTING_DOWN')
    response.json({ status: 'ready', sessions: options.sessions() })
  })
  app.get('/v1/version', (_request, response) => {
    response.json({
      name: 'emograph',
      version,
      protocol: PROTOCOL_VERSION,
      socket: SESSION_PATH,
      node: process.version,
    })
  })
  app.get('/v1/model', (_request, response) => {
    const json = (): Response => response.json(describeServed(options))
    response.format({
      'application/json': json,
      'text/markdown': () => response.type('text/markdown').send(model.card),
      // A client that asks for neither gets what most want (RFC 9110, 12.4.1), not the word that there is no such address.
      default: json,
    })
  })
  app.use(metricsRouter(options.metrics, options.auth))
  app.post('/v1/predict', requireAccess(options.auth), limitPredictions(options.limiter, options.trustProxy))
  app.use(predictRouter(options))
  app.use(sessionsRouter(options))
  app.use(documentsRouter(options))
  app.use(pageRouter())
  app.use(notFound)
  app.use(codedErrors(options))
  return app
}

function describeServed({ model, speech, retentionMs }: Pick<AppOptions, 'model' | 'speech' | 'retentionMs'>) {
  return {
    ...describeModel(model, speech),
    sha256: model.sha256,
    feature_columns: model.featureColumns,
    retention_ms: retentionMs,
    history_utterances: model.historyLimit,
    backend: model.backend,
    metrics: model.metrics,
    card: model.card,
  }
}

const sameOrigin =
  (origins: OriginPolicy): RequestHandler =>
  (request, _response, next) => {
    checkOrigin(request, origins)
    next()
  }

const notFound: RequestHandler = (request) => {
  throw new EmographError('EMO_NOT_FOUND', {
    field: 'path',
    got: `${request.method} to an address that does not take it`,
  })
}

const codedErrors =
  ({ log, metrics }: Pick<AppOptions, 'log' | 'metrics'>): ErrorRequestHandler =>
  (cause: unknown, _request, response, next) => {
    if (response.headersSent) return next(cause)
    const error = isEmographError(cause) ? cause : httpError(cause)
    if (error.code === 'EMO_INTERNAL') log.error({ err: cause }, 'request failed')
    metrics.observe({ type: 'refused', code: error.code })
    const { status, headers, body } = errorAnswer(error)
    response.status(status).set(headers).json(body)
  }

/** Express's own refusals (a malformed address, an `Accept` that nothing meets) are the client's. */
function httpError(cause: unknown): EmographError {
  const status = (cause as { status?: unknown } | null)?.status
  const clients = typeof status === 'number' && status < 500
  return new EmographError(clients ? 'EMO_NOT_FOUND' : 'EMO_INTERNAL', { cause })
}

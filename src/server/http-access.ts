import { type RequestHandler, Router } from 'express'
import type { Authenticator } from './auth.ts'
import { clientAddress } from './client-address.ts'
import type { Metrics } from './metrics.ts'
import type { RateLimiter } from './rate-limit.ts'

/** Lets in who has an access token, where the server wants one. */
export const requireAccess =
  (auth: Authenticator): RequestHandler =>
  (request, _response, next) => {
    auth.identify(request)
    next()
  }

/** Counts predictions of an address, before anything of the upload is read. */
export const limitPredictions =
  (limiter: RateLimiter, trustProxy: number): RequestHandler =>
  (request, _response, next) => {
    limiter.predict(clientAddress(request, trustProxy))
    next()
  }

/** `GET /metrics`, for those who have an access token: how busy a server is may be nobody else's business. */
export function metricsRouter(metrics: Metrics, auth: Authenticator): Router {
  const router = Router()
  router.get('/metrics', requireAccess(auth), async (_request, response) => {
    response.type(metrics.contentType).send(await metrics.text())
  })
  return router
}

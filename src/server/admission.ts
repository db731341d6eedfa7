import type { IncomingMessage } from 'node:http'
import { EmographError } from '../errors.ts'
import type { Authenticator } from './auth.ts'
import { clientAddress } from './client-address.ts'
import { checkOrigin, type OriginPolicy } from './origin.ts'
import { SESSION_PATH } from './protocol/fields.ts'
import type { Meter, RateLimiter } from './rate-limit.ts'

/** Who has been let in. */
export interface Admitted {
  /** Whom the access token names; absent where none is required. */
  readonly owner: string | undefined
  readonly address: string
  readonly meter: Meter
}

export interface AdmissionOptions {
  readonly auth: Authenticator
  readonly limiter: RateLimiter
  readonly trustProxy: number
  readonly origins: OriginPolicy
}

/**
 * Whether a WebSocket may be opened. The cheap questions come first, and nothing is counted before all are answered.
 *
 * @throws EMO_ORIGIN_REFUSED, EMO_NOT_FOUND, EMO_UNAUTHORIZED, EMO_TOO_MANY_REQUESTS
 */
export function admit(request: IncomingMessage, options: AdmissionOptions): Admitted {
  const { auth, limiter, trustProxy } = options
  checkOrigin(request, options.origins)
  if (pathOf(request) !== SESSION_PATH) throw new EmographError('EMO_NOT_FOUND', { expected: SESSION_PATH })
  const owner = auth.identify(request)
  const address = clientAddress(request, trustProxy)
  return { owner, address, meter: limiter.connect(address) }
}

function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0]!
}

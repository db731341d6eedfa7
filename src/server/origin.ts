import type { IncomingMessage } from 'node:http'
import { EmographError } from '../errors.ts'

/** Which web pages may talk to the server. */
export interface OriginPolicy {
  /** Origins beyond the server's own, such as `https://example.org`. */
  readonly allowedOrigins: readonly string[]
  /** True when the server listens on the loopback interface only. */
  readonly loopback: boolean
}

/**
 * Refuses a request that a page of another origin has made a browser send. A server on the loopback interface is out of
 * the network's reach but not out of the browser's, and a WebSocket is not held back by the same-origin policy.
 *
 * Clients that are no browsers send no `Origin` and pass. On the loopback interface the `Host` must be a loopback name
 * too: a page whose own name was made to resolve to 127.0.0.1 (DNS rebinding) is of the "same" origin.
 *
 * @throws EMO_ORIGIN_REFUSED
 */
export function checkOrigin(request: Pick<IncomingMessage, 'headers'>, policy: OriginPolicy): void {
  const host = request.headers.host ?? ''
  if (policy.loopback && !isLoopbackHost(hostName(host)))
    throw new EmographError('EMO_ORIGIN_REFUSED', { field: 'Host', expected: 'localhost, 127.0.0.1 or [::1]' })
  const origin = request.headers.origin
  if (origin === undefined || policy.allowedOrigins.includes(origin)) return
  if (originHost(origin) === host.toLowerCase() && host !== '') return
  throw new EmographError('EMO_ORIGIN_REFUSED', {
    field: 'Origin',
    expected: 'an allowed origin, or that of the server itself',
  })
}

/** True for the names and addresses of the loopback interface. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}

const hostName = (host: string): string => host.toLowerCase().replace(/:\d+$/, '')

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

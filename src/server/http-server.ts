import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { EmographError } from '../errors.ts'
import { networkOf } from './client-address.ts'
import type { ServerConfig } from './config.ts'
import type { RateLimiter } from './rate-limit.ts'

export type HttpConfig = Pick<ServerConfig, 'headersMs' | 'requestMs' | 'trustProxy' | 'limits'>

/**
 * An HTTP server that does not wait: for the head of a request, for its body, for a socket that says nothing; and that
 * gives no address more than its share of sockets. Behind proxies every socket is a proxy's, so that they are not counted.
 */
export function createHttpServer(app: RequestListener, config: HttpConfig, limiter: RateLimiter): Server {
  const { headersMs, requestMs, trustProxy, limits } = config
  const timeouts = {
    headersTimeout: Math.min(headersMs, requestMs),
    requestTimeout: requestMs,
    // How late a timeout may be found out.
    connectionsCheckingInterval: Math.max(50, Math.min(headersMs, requestMs) / 4),
  }
  const http = createServer(timeouts, app)
  http.maxConnections = limits.sockets
  if (trustProxy > 0) return http
  http.on('connection', (socket) => {
    try {
      socket.once('close', limiter.openSocket(networkOf(socket.remoteAddress ?? '')))
    } catch {
      // Nothing has been asked yet, so that there is nothing to answer.
      socket.destroy()
    }
  })
  return http
}

/** Where the server listens from now on. @throws EMO_LISTEN_FAILED */
export function listen(http: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    http.on('error', (cause: NodeJS.ErrnoException) => {
      const expected = 'an address of this computer and a port that is free'
      reject(new EmographError('EMO_LISTEN_FAILED', { expected, got: `${cause.code} at ${host}:${port}`, cause }))
    })
    http.listen(port, host, () => resolve(http.address() as AddressInfo))
  })
}

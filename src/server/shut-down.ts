import type { Server } from 'node:http'
import type { SessionRegistry } from './session-registry.ts'
import type { Sockets } from './socket.ts'

export interface Running {
  readonly http: Server
  readonly sockets: Sockets
  readonly registry: SessionRegistry
  /** Ms that accepted utterances may take to be labelled. */
  readonly drainMs: number
}

/** Ms that the closing handshakes get. */
const HANDSHAKES_MS = 1_000

/** Takes nothing new, labels what is accepted, tells every client, and frees the port. */
export async function shutDown({ http, sockets, registry, drainMs }: Running): Promise<void> {
  sockets.refuseAll()
  // The port is open until all is labelled: whoever probes has to be told 503, and not find nobody.
  await Promise.race([registry.drain(), delay(drainMs)])
  const stopped = new Promise<void>((resolve) => http.close(() => resolve()))
  // Who does not answer is cut.
  await Promise.race([stopped, delay(Math.min(HANDSHAKES_MS, drainMs))])
  registry.dispose()
  sockets.terminate()
  http.closeAllConnections()
  await stopped
}

const delay = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })

import type { WebSocket } from 'ws'

export interface HeartbeatOptions {
  /** Ms between pings. */
  readonly everyMs: number
  /** The server itself does not read the socket now, and so not the answers to its pings. */
  readonly isHeld: () => boolean
}

/** Pings a peer, and cuts the connection where it has not answered by the next ping. @returns what ends it */
export function startHeartbeat(socket: WebSocket, { everyMs, isHeld }: HeartbeatOptions): () => void {
  let alive = true
  socket.on('pong', () => {
    alive = true
  })
  const timer = setInterval(() => {
    if (!alive && !isHeld()) return socket.terminate()
    alive = isHeld()
    socket.ping()
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}

import type { WebSocket } from 'ws'
import { EmographError } from '../errors.ts'
import { createDelivery } from './delivery.ts'
import type { Flow } from './flow.ts'
import type { Limits } from './limits.ts'
import type { Peer } from './peer.ts'

export interface SocketPeerOptions {
  readonly flow: Pick<Flow<unknown>, 'hold' | 'release' | 'held' | 'dispose'>
  readonly limits: Pick<Limits, 'unreadBytes' | 'ephemeralBytes'>
  /** The client does not read what it is sent. */
  readonly onTooSlow: (error: EmographError) => void
}

/** A WebSocket as a session speaks through it. */
export function createSocketPeer(socket: WebSocket, { flow, limits, onTooSlow }: SocketPeerOptions): Peer {
  /** Messages that ws has and the network has not. */
  let unsent = 0
  let waiting: (() => void)[] = []

  const delivery = createDelivery({
    bufferedAmount: () => socket.bufferedAmount,
    limits,
    write(text) {
      unsent++
      // Called with an error where the connection ends first.
      socket.send(text, () => {
        unsent--
        if (unsent > 0) return
        for (const resolve of waiting) resolve()
        waiting = []
      })
    },
    onTooSlow() {
      // Whoever does not read would not read an error either: the close code and its reason have to do.
      const error = new EmographError('EMO_CLIENT_TOO_SLOW')
      onTooSlow(error)
      end(error)
    },
  })

  function end(error?: EmographError): void {
    // Read on, so that the closing handshake is seen; what else comes is nobody's.
    flow.dispose()
    socket.close(error === undefined ? 1000 : closeCode(error), error?.code ?? '')
  }

  return {
    send(message) {
      if (socket.readyState === socket.OPEN) delivery.send(message)
    },
    flushed: () =>
      unsent === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push(resolve)
          }),
    pause: flow.hold,
    resume: flow.release,
    get held() {
      return flow.held
    },
    end,
  }
}

/** RFC 6455: 1011 a fault of the server, 1009 too large, 1008 anything else that the server will not go on with. */
export function closeCode(error: EmographError): number {
  if (error.status === 413) return 1009
  return error.status >= 500 ? 1011 : 1008
}

import type { ServerMessage } from './protocol/server-messages.ts'

export interface DeliveryOptions {
  /** Bytes that were sent and not yet taken by the network: `bufferedAmount` of the socket. */
  readonly bufferedAmount: () => number
  readonly write: (text: string) => void
  /** The client does not read: the connection is to be cut. Called once, nothing is written after it. */
  readonly onTooSlow: () => void
  /** A message was left away because the client reads slowly. */
  readonly onDropped?: (message: ServerMessage) => void
  readonly limits: { readonly unreadBytes: number; readonly ephemeralBytes: number }
}

/** What goes out on one connection. */
export interface Delivery {
  send(message: ServerMessage): void
}

/**
 * Sends to a client that may read slowly. Beyond `ephemeralBytes` unread, what is only of the moment is left away; beyond
 * `unreadBytes` the connection is cut, and the session waits to be resumed: the messages that it keeps are in the store.
 */
export function createDelivery(options: DeliveryOptions): Delivery {
  const { limits } = options
  let cut = false
  return {
    send(message) {
      if (cut) return
      const unread = options.bufferedAmount()
      if (unread > limits.unreadBytes) {
        cut = true
        options.onTooSlow()
      } else if (unread > limits.ephemeralBytes && isOfTheMoment(message)) options.onDropped?.(message)
      else options.write(JSON.stringify(message))
    },
  }
}

/** True for what a client can do without: the next one says more, or the final label does. */
export function isOfTheMoment(message: ServerMessage): boolean {
  switch (message.type) {
    case 'utterance.label':
      return message.interim
    case 'quality':
    case 'media.dropped':
      return true
    default:
      return false
  }
}

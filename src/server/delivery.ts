import type { Outbound } from './peer.ts'

export interface DeliveryOptions {
  /** Bytes that were sent and not yet taken by the network: `bufferedAmount` of the socket. */
  readonly bufferedAmount: () => number
  readonly write: (text: string) => void
  /** The client does not read: the connection is to be cut. Called once, nothing is written after it. */
  readonly onTooSlow: () => void
  readonly limits: { readonly unreadBytes: number; readonly ephemeralBytes: number }
}

/** What goes out on one connection. */
export interface Delivery {
  send(message: Outbound): void
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
      } else if (unread <= limits.ephemeralBytes || !isOfTheMoment(message)) options.write(message.json)
    },
  }
}

/** True for what a client can do without: the next one says more, or the final label does. Answers are not among them. */
export function isOfTheMoment({ type, kept }: Outbound): boolean {
  return !kept && (type === 'utterance.label' || type === 'quality' || type === 'media.dropped')
}

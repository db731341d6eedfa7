import type { ServerMessage, ServerMessageOf, ServerMessageType } from '../server/protocol/server-messages.ts'

interface Waiting {
  readonly type: ServerMessageType
  readonly resolve: (message: ServerMessage) => void
  readonly reject: (error: unknown) => void
  readonly settled: () => void
}

/** The answers that a client waits for, by the `request_id` of what it has sent. */
export interface Requests {
  /** How many answers are waited for. */
  readonly size: number
  /** A name that no other client of the same session has given. */
  nextId(): string
  /** The first answer of this type to this request. @param settled is called when it has come, or an error. */
  expect<T extends ServerMessageType>(type: T, id: string, settled?: () => void): Promise<ServerMessageOf<T>>
  answer(id: string | undefined, message: ServerMessage): void
  fail(id: string | undefined, error: unknown): void
  /** Fails everything that waits, and whatever is expected from now on. */
  failAll(error: unknown): void
}

/** @param random from 0 to below 1 */
export function createRequests(random: () => number): Requests {
  const waiting = new Map<string, Waiting>()
  const prefix = Math.floor(random() * 2 ** 48).toString(36)
  let count = 0
  let over: { readonly error: unknown } | undefined

  function settle(id: string | undefined): Waiting | undefined {
    const request = id === undefined ? undefined : waiting.get(id)
    if (id === undefined || request === undefined) return undefined
    waiting.delete(id)
    request.settled()
    return request
  }

  return {
    get size() {
      return waiting.size
    },
    nextId: () => `${prefix}-${++count}`,
    expect<T extends ServerMessageType>(type: T, id: string, settled = () => {}) {
      if (over !== undefined) return Promise.reject(over.error)
      return new Promise<ServerMessageOf<T>>((resolve, reject) => {
        // `answer` compares the type before it resolves, so the message is the one that is asked for.
        waiting.set(id, { type, resolve: resolve as (message: ServerMessage) => void, reject, settled })
      })
    },
    answer(id, message) {
      if (id !== undefined && waiting.get(id)?.type === message.type) settle(id)?.resolve(message)
    },
    fail: (id, error) => settle(id)?.reject(error),
    failAll(error) {
      over ??= { error }
      for (const id of [...waiting.keys()]) settle(id)?.reject(error)
    },
  }
}

import type { ServerMessage, ServerMessageOf, ServerMessageType } from '../server/protocol/server-messages.ts'

interface Waiting {
  readonly type: ServerMessageType
  readonly resolve: (message: ServerMessage) => void
  readonly reject: (error: unknown) => void
}

/** The answers that a client waits for, by the `request_id` of what it has sent. */
export interface Requests {
  nextId(): string
  /** The first answer of this type to this request. */
  expect<T extends ServerMessageType>(type: T, id: string): Promise<ServerMessageOf<T>>
  answer(id: string | undefined, message: ServerMessage): void
  fail(id: string | undefined, error: unknown): void
  /** Fails everything that waits, and whatever is expected from now on. */
  failAll(error: unknown): void
}

export function createRequests(): Requests {
  const waiting = new Map<string, Waiting>()
  let count = 0
  let over: { readonly error: unknown } | undefined

  return {
    nextId: () => `r${++count}`,
    expect<T extends ServerMessageType>(type: T, id: string) {
      if (over !== undefined) return Promise.reject(over.error)
      return new Promise<ServerMessageOf<T>>((resolve, reject) => {
        // `answer` compares the type before it resolves, so the message is the one that is asked for.
        waiting.set(id, { type, resolve: resolve as (message: ServerMessage) => void, reject })
      })
    },
    answer(id, message) {
      const request = id === undefined ? undefined : waiting.get(id)
      if (id === undefined || request?.type !== message.type) return
      waiting.delete(id)
      request.resolve(message)
    },
    fail(id, error) {
      if (id === undefined) return
      waiting.get(id)?.reject(error)
      waiting.delete(id)
    },
    failAll(error) {
      over ??= { error }
      for (const request of waiting.values()) request.reject(error)
      waiting.clear()
    },
  }
}

import { expect } from 'vitest'
import { WebSocket } from 'ws'
import type { ServerMessage, ServerMessageOf, ServerMessageType } from '../../src/server/protocol/server-messages.ts'

/** A connection that sends whatever it is given, and keeps all that it hears. */
export interface RawClient {
  readonly socket: WebSocket
  readonly heard: readonly ServerMessage[]
  /** The code with which the connection was closed. */
  readonly closed: () => number | undefined
  say(message: object): void
  /** The first message of a type, from the `from`th message on, once it has come. */
  next<T extends ServerMessageType>(type: T, from?: number): Promise<ServerMessageOf<T>>
}

export interface RawOptions {
  /** An access token, sent as the header of a program. */
  readonly token?: string
  readonly headers?: Record<string, string>
}

/** Connects; fails with the status where the server refuses. */
export function openRaw(url: string, { token, headers = {} }: RawOptions = {}): Promise<RawClient> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const socket = new WebSocket(url, { headers: { ...authorization, ...headers } })
  const heard: ServerMessage[] = []
  let code: number | undefined
  socket.on('message', (data) => heard.push(JSON.parse(String(data)) as ServerMessage))
  socket.on('close', (given) => {
    code = given
  })
  const client: RawClient = {
    socket,
    heard,
    closed: () => code,
    say: (message) => socket.send(JSON.stringify(message)),
    async next(type, from = 0) {
      const find = () => heard.slice(from).find((message) => message.type === type)
      await expect.poll(find, { timeout: 20_000, interval: 5 }).toBeDefined()
      return find() as ServerMessageOf<typeof type>
    },
  }
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve(client))
    socket.on('unexpected-response', (_request, response) => {
      response.resume()
      reject(new Error(`status ${response.statusCode}`))
    })
    socket.on('error', reject)
  })
}

import { connect } from '../../src/client/client.ts'
import type { Client, ConnectOptions, ServerMessage } from '../../src/client/index.ts'
import { createFakeNetwork, type FakeNetwork } from './fake-network.ts'
import { createFakeTime, type FakeTime } from './fake-time.ts'
import { createModelServer, type ModelOptions, type ModelServer, type ModelSession } from './model-server.ts'

/** A client's surroundings: a model of the server, wires that break, no clock and no chance but the test's own. */
export interface World {
  readonly time: FakeTime
  readonly server: ModelServer
  readonly network: FakeNetwork
  readonly heard: ServerMessage[]
  connect(options?: ConnectOptions): Promise<Client>
  /** What the server knows of the session. */
  session(client: Client): ModelSession
}

export function createWorld(seed = 1, options: ModelOptions = {}): World {
  const time = createFakeTime(seed)
  const server = createModelServer(time, options)
  const network = createFakeNetwork(time, server)
  const heard: ServerMessage[] = []
  return {
    time,
    server,
    network,
    heard,
    async connect(more = {}) {
      const connecting = connect('ws://model', {
        WebSocket: network.WebSocket,
        clock: time,
        onMessage: (message) => heard.push(message),
        ...more,
      })
      connecting.catch(() => {})
      await time.run(time.now() + 100)
      return connecting
    },
    session: (client) => server.sessions.get(client.session.session_id)!,
  }
}

export const SETTINGS = {
  participants: [{ id: 'ann' }, { id: 'bob' }, { id: 'recogniser' }],
  consent: true,
  purpose: 'a test',
}
/** What a call comes to, when time has passed for it. */
export async function settle<T>({ time }: World, call: Promise<T>, ms = 1_000): Promise<T> {
  call.catch(() => {})
  await time.run(time.now() + ms)
  return call
}

import { createFakeTextEncoder } from '../../src/encoders/text/fake-text-encoder.ts'
import type { EmographError } from '../../src/errors.ts'
import { type Connection, createConnection } from '../../src/server/connection.ts'
import type { ServerEvent } from '../../src/server/events.ts'
import { createFakeModel } from '../../src/server/fakes.ts'
import { limitsSchema } from '../../src/server/limits.ts'
import { createLoad } from '../../src/server/load.ts'
import type { Peer } from '../../src/server/peer.ts'
import {
  type ServerMessage,
  type ServerMessageOf,
  type ServerMessageType,
  serverMessageSchema,
} from '../../src/server/protocol/server-messages.ts'
import { qualityConfigSchema } from '../../src/server/quality.ts'
import type { ServedModel, ServedTextEncoder } from '../../src/server/served-model.ts'
import type { Session } from '../../src/server/session.ts'
import type { SessionContext } from '../../src/server/session-context.ts'
import { createSessionRegistry, type SessionRegistry } from '../../src/server/session-registry.ts'
import { IN_MEMORY } from '../../src/server/store/database.ts'
import { createSessionStore } from '../../src/server/store/session-store.ts'

export interface BenchOptions {
  readonly model?: Partial<ServedModel>
  readonly limits?: Record<string, number>
  readonly context?: Partial<SessionContext>
  /** The file of the store; one in memory by default. */
  readonly path?: string
}

/** What a server has of sessions, without sockets: many connections may be opened to it, one after the other or at once. */
export function openBench(options: BenchOptions = {}) {
  const faults: unknown[] = []
  const events: ServerEvent[] = []
  const store = createSessionStore({ path: options.path ?? IN_MEMORY })
  const context: SessionContext = {
    model: createFakeModel(options.model),
    limits: limitsSchema.parse(options.limits ?? {}),
    store,
    resumeMs: 60_000,
    observe: (event) => events.push(event),
    onFault: (_session, cause) => faults.push(cause),
    now: () => performance.now(),
    today: () => Date.now(),
    load: createLoad(qualityConfigSchema.parse({}), () => performance.now()),
    mediaDeadlineMs: 1_800,
    ...options.context,
  }
  const registry = createSessionRegistry(context)
  return {
    context,
    registry,
    store,
    faults,
    events,
    open: (owner?: string) => openConnection(context, registry, owner),
    /** As `kill -9`: nothing is finished, nothing told. */
    kill() {
      registry.dispose()
      store.close()
    },
  }
}

/** A connection without a socket, and all that came through it, each message held against the protocol's schema. */
export function openConnection(context: SessionContext, registry: SessionRegistry, owner?: string) {
  const sent: ServerMessage[] = []
  const ends: (string | undefined)[] = []
  const paused = new Set<string>()
  const peer: Peer = {
    send: ({ json }) => void sent.push(serverMessageSchema.parse(JSON.parse(json))),
    flushed: () => Promise.resolve(),
    pause: (reason) => void paused.add(reason),
    resume: (reason) => void paused.delete(reason),
    get held() {
      return paused.size > 0
    },
    end: (error?: EmographError) => void ends.push(error?.code),
  }
  const connection: Connection = createConnection(context, { registry, peer, owner })
  return {
    connection,
    sent,
    ends,
    paused,
    say: (message: object): void => connection.receive(JSON.stringify(message)),
    of: <T extends ServerMessageType>(type: T): ServerMessageOf<T>[] =>
      sent.filter((message): message is ServerMessageOf<T> => message.type === type),
    codes: () => sent.flatMap((message) => (message.type === 'error' ? [message.code] : [])),
  }
}

/** One session of a server of its own. */
export function openSession(options: BenchOptions = {}) {
  const bench = openBench(options)
  const client = bench.open()
  const session = client.connection.session
  if (session === undefined) throw new Error('a new connection has a session')
  return {
    ...bench,
    ...client,
    session,
    configure: (more: object = {}) => client.say({ ...CONFIGURE, ...more }),
    /** Everything that was accepted is labelled when it resolves. */
    settled: () => settle(session, client.say),
  }
}

async function settle(session: Session, say: (message: object) => void): Promise<void> {
  say({ type: 'session.close' })
  await session.close('client')
}

export const CONFIGURE = {
  type: 'session.update',
  participants: [{ id: 'ann' }, { id: 'bob' }],
  consent: true,
  purpose: 'a test',
}

export const transcript = (text: string, more: object = {}) => ({
  type: 'transcript',
  participant: 'ann',
  text,
  start_ms: 0,
  end_ms: 1_000,
  ...more,
})

/** An encoder that takes its time. */
export function createSlowTextEncoder(delayMs: (text: string) => number): ServedTextEncoder {
  const encoder = createFakeTextEncoder()
  return {
    ...encoder,
    async encode(texts) {
      for (const text of texts) await new Promise((resolve) => setTimeout(resolve, delayMs(text)))
      return encoder.encode(texts)
    },
  }
}

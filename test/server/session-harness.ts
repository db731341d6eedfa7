import { createFakeTextEncoder } from '../../src/encoders/text/fake-text-encoder.ts'
import { createFakeModel } from '../../src/server/fakes.ts'
import { limitsSchema } from '../../src/server/limits.ts'
import {
  type ServerMessage,
  type ServerMessageOf,
  type ServerMessageType,
  serverMessageSchema,
} from '../../src/server/protocol/server-messages.ts'
import type { ServedModel, ServedTextEncoder } from '../../src/server/served-model.ts'
import { createSession } from '../../src/server/session.ts'

/** A session without a socket, and all that it has sent, each message held against the protocol's schema. */
export function openSession(options: { model?: Partial<ServedModel>; limits?: Record<string, number> } = {}) {
  const sent: ServerMessage[] = []
  const ends: (string | undefined)[] = []
  const faults: unknown[] = []
  const session = createSession({
    id: 'session-1',
    model: createFakeModel(options.model),
    limits: limitsSchema.parse(options.limits ?? {}),
    send: (message) => sent.push(serverMessageSchema.parse(JSON.parse(JSON.stringify(message)))),
    end: (fault) => ends.push(fault?.code),
    onFault: (cause) => faults.push(cause),
  })
  const say = (message: object): void => session.receive(JSON.stringify(message))
  return {
    session,
    sent,
    ends,
    faults,
    say,
    of: <T extends ServerMessageType>(type: T): ServerMessageOf<T>[] =>
      sent.filter((message): message is ServerMessageOf<T> => message.type === type),
    codes: () => sent.flatMap((message) => (message.type === 'error' ? [message.code] : [])),
    configure: (more: object = {}) => say({ ...CONFIGURE, ...more }),
    /** Everything that was accepted is labelled when it resolves. */
    settled: async () => {
      say({ type: 'session.close' })
      await session.close('client')
    },
  }
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

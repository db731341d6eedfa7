import { describe, expect, test, vi } from 'vitest'
import type { Client, ConnectOptions, SettingsInput } from '../../../src/client/index.ts'
import { EmographError, type ErrorCode } from '../../../src/errors.ts'
import type { ServerMessage } from '../../../src/server/protocol/server-messages.ts'
import { createController } from '../../../web/src/session/controller.ts'
import type { SavedSession } from '../../../web/src/session/saved-session.ts'
import { INITIAL_PAGE, switchesOf } from '../../../web/src/state/page-state.ts'
import { createStore } from '../../../web/src/store.ts'
import { deferred } from '../deferred.ts'

const CREDENTIALS = { id: 's1', token: 't', lastSeq: 3 }
const EARLIER: SavedSession = { kind: 'meeting', credentials: CREDENTIALS, startedAt: 0, speaker: 'ann' }
const MEETING = { participants: [{ id: 'ann' }], purpose: 'a test', mode: 'live', segmentation: 'client' } as const
const REPLAY = {
  title: 'a replay',
  mode: 'live',
  speed: Number.POSITIVE_INFINITY,
  conversation: {
    id: 'c',
    utterances: [{ id: 'u1', speaker: 'ann', startMs: 0, endMs: 900, text: 'Hello.', label: null, features: {} }],
  },
} as const

const updated = ({ mode = 'live', segmentation = 'client' }: SettingsInput): ServerMessage => ({
  type: 'session.updated',
  seq: 1,
  mode,
  segmentation,
  label_set: 'iemocap6',
  participants: [{ id: 'ann' }],
  consent: true,
  purpose: 'a test',
  interim_labels: true,
  explain: true,
  store_media: false,
})

/** A server that answers when the test says so. */
function setUp(kept?: SavedSession) {
  const connections: ReturnType<typeof connection>[] = []
  let shelved = kept
  const store = createStore(INITIAL_PAGE, () => {})
  const onOver = vi.fn()
  const readConversation = vi.fn().mockResolvedValue({
    session_id: 's1',
    mode: 'live',
    participants: [],
    model: { name: 'another' },
    utterances: [],
  })

  function connection(options: ConnectOptions) {
    const opened = deferred<Client>()
    const asked: { answer(): void; refuse(code: ErrorCode): void }[] = []
    const listeners: ((event: { type: 'state'; state: 'closed' }) => void)[] = []
    const gone = deferred<never>()
    gone.promise.catch(() => {})
    const client = {
      state: 'open',
      credentials: CREDENTIALS,
      terminate: vi.fn(() => gone.reject(new EmographError('EMO_CONNECTION_CLOSED'))),
      configure(settings: SettingsInput) {
        const { promise, resolve, reject } = deferred<unknown>()
        asked.push({
          answer() {
            options.onMessage?.(updated(settings))
            resolve(undefined)
          },
          refuse(code) {
            const error = new EmographError(code)
            options.onMessage?.({ type: 'error', seq: 1, code, message: error.message, fatal: false })
            reject(error)
          },
        })
        return Promise.race([promise, gone.promise])
      },
      label: () => gone.promise,
      close: () => gone.promise,
      interim() {},
      on: (type: string, listener: (typeof listeners)[number]) => type === 'state' && listeners.push(listener),
    }
    return {
      opened: opened.promise,
      signal: options.signal,
      client,
      asked,
      open: () => opened.resolve(client as unknown as Client),
      refuse: (code: ErrorCode) => opened.reject(new EmographError(code)),
      close() {
        for (const listener of listeners) listener({ type: 'state', state: 'closed' })
      },
    }
  }

  const controller = createController({
    store,
    access: { token: undefined, remember() {}, forget() {} },
    api: { readConversation },
    shelf: {
      read: () => shelved,
      write: (session) => {
        shelved = session
      },
      clear: () => {
        shelved = undefined
      },
    },
    address: 'ws://test',
    onLabel() {},
    onOver,
    connect(_, how = {}) {
      const made = connection(how)
      connections.push(made)
      return made.opened
    },
  })
  return { controller, store, connections, onOver, readConversation, kept: () => shelved }
}

/** Whatever is due. */
const settled = () => new Promise((resolve) => setTimeout(resolve))

async function inMeeting() {
  const page = setUp()
  const begun = page.controller.startMeeting(MEETING)
  page.connections[0]!.open()
  await settled()
  page.connections[0]!.asked[0]!.answer()
  expect(await begun).toBe(true)
  return page
}

describe('a conversation that is left before it has begun', () => {
  test.each(['connected', 'configured'])(
    'is ended when it has %s, and nothing of it reaches the page',
    async (stage) => {
      const { controller, store, connections, kept } = setUp()
      const begun = controller.startMeeting(MEETING)
      if (stage === 'configured') connections[0]!.open()
      await settled()
      controller.leave()
      connections[0]!.open()
      connections[0]!.asked[0]?.answer()
      expect(await begun).toBe(false)
      expect(connections[0]!.signal?.aborted).toBe(true)
      expect(connections[0]!.client.terminate).toHaveBeenCalled()
      connections[0]!.close()
      expect(store.state).toEqual(INITIAL_PAGE)
      expect(controller.client).toBeUndefined()
      expect(kept()).toBeUndefined()
    },
  )

  test('can be taken up later, and a refusal that comes then is not about what is shown', async () => {
    const { controller, store, connections, kept } = setUp(EARLIER)
    const first = controller.takeUp(() => undefined)
    const second = controller.takeUp(() => undefined)
    connections[1]!.open()
    expect(await second).toBe(true)
    connections[0]!.refuse('EMO_SESSION_TAKEN_OVER')
    expect(await first).toBe(false)
    expect(store.state).toMatchObject({ screen: 'conversation', connection: 'open', speaker: 'ann', notices: [] })
    expect(kept()).toMatchObject({ credentials: CREDENTIALS })
  })
})

test('who leaves is not told of what was still to be answered', async () => {
  const { controller, store, connections } = setUp()
  const begun = controller.startReplay(REPLAY)
  connections[0]!.open()
  await settled()
  connections[0]!.asked[0]!.answer()
  await begun
  void controller.configure({ mode: 'offline' })
  controller.leave()
  await settled()
  expect(store.state).toEqual({ ...INITIAL_PAGE, resumable: true })
})

test('a switch stands where it was put last, before and after the answers', async () => {
  const { controller, store, connections } = await inMeeting()
  const mode = () => switchesOf(store.state)?.mode
  void controller.configure({ mode: 'offline' })
  void controller.configure({ segmentation: 'server' })
  void controller.configure({ mode: 'live' })
  const [, offline, , live] = connections[0]!.asked
  expect(switchesOf(store.state)).toMatchObject({ mode: 'live', segmentation: 'server' })
  offline!.answer()
  await settled()
  expect(mode()).toBe('live')
  live!.answer()
  await settled()
  expect({ mode: mode(), asked: store.state.asked }).toEqual({ mode: 'live', asked: {} })
  void controller.configure({ mode: 'offline' })
  expect(mode()).toBe('offline')
  connections[0]!.asked[4]!.refuse('EMO_RATE_LIMITED')
  await settled()
  expect(mode()).toBe('live')
  expect(store.state.notices.map(({ text }) => text)).toEqual([new EmographError('EMO_RATE_LIMITED').message])
})

test('microphone and camera are given up when the conversation is over, whoever ended it', async () => {
  for (const end of ['close', 'leave', 'end'] as const) {
    const { controller, connections, onOver } = await inMeeting()
    onOver.mockClear()
    if (end === 'close') connections[0]!.close()
    else if (end === 'leave') controller.leave()
    else void controller.end()
    expect(onOver, end).toHaveBeenCalled()
  }
})

test('a conversation that is refused is told once, and takes nothing away that could be gone back to', async () => {
  const { controller, store, connections, kept } = setUp(EARLIER)
  const begun = controller.startReplay(REPLAY)
  connections[0]!.open()
  await settled()
  connections[0]!.asked[0]!.refuse('EMO_PARTICIPANT_LIMIT')
  await expect(begun).rejects.toThrow('EMO_PARTICIPANT_LIMIT')
  expect(store.state).toEqual({ ...INITIAL_PAGE, resumable: true })
  expect(kept()).toBe(EARLIER)
})

test.each(['EMO_SESSION_CLOSED', 'EMO_SESSION_MODEL_CHANGED'] as const)(
  '%s: it can be read and deleted',
  async (code) => {
    const { controller, store, connections, kept } = setUp(EARLIER)
    const taken = controller.takeUp(() => undefined)
    connections[0]!.refuse(code)
    expect(await taken).toBe(true)
    expect(store.state).toMatchObject({
      screen: 'conversation',
      connection: 'closed',
      conversation: { sessionId: 's1' },
    })
    expect(controller.session).toBe(EARLIER.credentials)
    expect(kept()).toBe(EARLIER)
  },
)

test('a session that is not there any more is forgotten; one that is not reached is not', async () => {
  for (const [code, kind] of [
    ['EMO_SESSION_UNKNOWN', undefined],
    ['EMO_CONNECTION_FAILED', EARLIER],
  ] as const) {
    const { controller, store, connections, kept } = setUp(EARLIER)
    const taken = controller.takeUp(() => undefined)
    connections[0]!.refuse(code)
    await expect(taken).rejects.toThrow(code)
    expect(kept()).toBe(kind)
    expect(store.state.resumable).toBe(kind !== undefined)
  }
})

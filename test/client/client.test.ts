import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AddressInfo, WebSocketServer } from 'ws'
import { connect } from '../../src/client/client.ts'
import { playConversation } from '../../src/client/play.ts'
import type { Conversation } from '../../src/conversation/conversation.ts'
import { createFakeModel } from '../../src/server/fakes.ts'
import type { ServerMessage, UtteranceRevised } from '../../src/server/protocol/server-messages.ts'
import { type EmographServer, startServer } from '../../src/server/server.ts'

let server: EmographServer
beforeAll(async () => {
  server = await startServer({ model: createFakeModel(), port: 0, logLevel: 'silent' })
})
afterAll(() => server.close())

const SETTINGS = { participants: [{ id: 'ann' }], consent: true, purpose: 'a test' }
const said = (text: string) => ({ participant: 'ann', text, start_ms: 0, end_ms: 500 })

describe('connect', () => {
  test('greets, and answers each call by its own answer', async () => {
    const client = await connect(server.socketUrl)
    expect(client.session).toMatchObject({ type: 'session.created', seq: 1, model: { name: 'fake' } })
    expect(await client.configure(SETTINGS)).toMatchObject({ mode: 'live', consent: true })
    const [one, , two] = await Promise.all([client.label(said('one')), client.ping(), client.label(said('two'))])
    expect([one.text, two.text]).toEqual(['one', 'two'])
    expect(await client.close()).toMatchObject({ utterances: 2 })
    await expect(client.label(said('late'))).rejects.toMatchObject({ code: 'EMO_CONNECTION_CLOSED' })
  })

  test('fails a call by the coded error that answers it, and goes on', async () => {
    const client = await connect(server.socketUrl)
    await expect(client.label(said('x'))).rejects.toMatchObject({ code: 'EMO_SESSION_NOT_CONFIGURED' })
    await expect(client.configure({ label_set: 'meld7' })).rejects.toThrow(/^EMO_LABEL_SET_UNSUPPORTED at field/)
    await client.configure(SETTINGS)
    expect((await client.label(said('x'))).utterance_id).toBe('u1')
    client.terminate()
  })

  test('listeners are called until they are taken away', async () => {
    const client = await connect(server.socketUrl)
    const heard: string[] = []
    const off = client.on('utterance.start', ({ utterance_id }) => heard.push(utterance_id))
    await client.configure(SETTINGS)
    client.interim(said('so'))
    await client.label(said('so far'))
    off()
    await client.label(said('more'))
    expect(heard).toEqual(['u1'])
    client.terminate()
  })

  test('a server that is not there, or is none of ours, is a coded error', async () => {
    await expect(connect('ws://127.0.0.1:1/v1/session')).rejects.toMatchObject({ code: 'EMO_CONNECTION_FAILED' })
    const strange = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    strange.on('connection', (socket) => socket.send('{"type":"welcome"}'))
    await new Promise((resolve) => strange.once('listening', resolve))
    const { port } = strange.address() as AddressInfo
    await expect(connect(`ws://127.0.0.1:${port}`)).rejects.toMatchObject({ code: 'EMO_CONNECTION_CLOSED' })
    strange.close()
  })
})

describe('a session outlives', () => {
  test('its server: the same conversation goes on when it is back', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'emograph-client-'))
    const options = { model: createFakeModel(), dataDir, logLevel: 'silent' } as const
    const first = await startServer({ ...options, port: 0 })
    const resume = { firstDelayMs: 10, longestDelayMs: 50 }
    const client = await connect(first.socketUrl, { resume })
    const idle = await connect(first.socketUrl, { resume })
    const states: string[] = []
    client.on('state', ({ state }) => states.push(state))
    await client.configure(SETTINGS)
    await client.label(said('one'))
    await first.close()
    const second = client.label(said('two'))
    const server = await startServer({ ...options, port: Number(new URL(first.url).port) })
    expect(await second).toMatchObject({ text: 'two', utterance_id: 'u2' })
    expect(new Set(states)).toEqual(new Set(['resuming', 'open']))
    // One that had not begun is another one now, which nobody notices.
    await idle.configure(SETTINGS)
    expect(await idle.close()).toMatchObject({ utterances: 0 })

    // And its client, by what that has kept.
    client.terminate()
    const heard: ServerMessage[] = []
    const again = await connect(server.socketUrl, {
      session: { ...client.credentials, lastSeq: 0 },
      onMessage: (message) => heard.push(message),
    })
    expect(again.session).toEqual(client.session)
    expect(heard.flatMap((message) => (message.type === 'utterance.label' ? [message.text] : []))).toEqual([
      'one',
      'two',
    ])
    await again.label(said('three'))
    expect(await again.close()).toMatchObject({ utterances: 3 })
    await server.close()
    await rm(dataDir, { recursive: true })
  })
})

describe('playConversation', () => {
  const conversation: Conversation = {
    id: 'talk',
    utterances: Array.from({ length: 8 }, (_, i) => ({
      id: `t${i}`,
      speaker: i % 2 === 0 ? 'ann' : 'bob',
      startMs: 40 * i,
      endMs: 40 * i + 40,
      text: `sentence ${i}`,
      label: null,
      features: i % 3 === 0 ? { audio: Float32Array.of(i, Number.NaN, 2) } : {},
    })),
  }
  const options = { mode: 'live', speed: Infinity, sendFeatures: ['audio'], purpose: 'a test' } as const

  test('sends the utterances in order, with their features', async () => {
    const seen: string[] = []
    const played = await playConversation(server.socketUrl, conversation, {
      ...options,
      onLabel: ({ utterance_id, participant }, utterance) =>
        seen.push(`${utterance_id} ${participant} ${utterance.id}`),
    })
    expect(seen).toEqual(conversation.utterances.map(({ id, speaker }) => `${id} ${speaker} ${id}`))
    expect(played.utterances.map(({ modalities }) => modalities.join())).toEqual(
      conversation.utterances.map(({ features }) => (features.audio === undefined ? 'text' : 'text,audio')),
    )
    expect(played).toMatchObject({ revisions: 0, changes: 0 })
  })

  test('offline: holds the last revision of each utterance', async () => {
    const last = new Map<string, UtteranceRevised>()
    const played = await playConversation(server.socketUrl, conversation, {
      ...options,
      mode: 'offline',
      onRevised: (revised) => last.set(revised.utterance_id, revised),
    })
    expect(played.revisions).toBeGreaterThan(0)
    for (const { utterance, label } of played.utterances)
      if (last.has(utterance.id)) expect(label).toBe(last.get(utterance.id)?.label)
    expect(last.has('t0')).toBe(true)
  })

  test('at a given speed it takes the time that the conversation took', async () => {
    const { durationMs } = await playConversation(server.socketUrl, conversation, { ...options, speed: 2 })
    expect(durationMs).toBeGreaterThanOrEqual(160)
  })
})

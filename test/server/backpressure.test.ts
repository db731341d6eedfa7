import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createFakeModel } from '../../src/server/fakes.ts'
import { encodeMediaFrame, encodeSamples } from '../../src/server/protocol/media-frame.ts'
import { type ServerMessage, serverMessageSchema } from '../../src/server/protocol/server-messages.ts'
import type { EmographServer, ServerOptions } from '../../src/server/server.ts'
import { logLines } from './log-lines.ts'
import { serve as serveOne } from './serving.ts'
import { CONFIGURE, createSlowTextEncoder, transcript } from './session-harness.ts'

const serve = (options: Partial<ServerOptions> = {}): Promise<EmographServer> => serveOne({ drainMs: 500, ...options })

/** A client that keeps no manners: it sends what it is told to, at once. */
async function open(server: EmographServer) {
  const socket = new WebSocket(server.socketUrl)
  const got: ServerMessage[] = []
  let closed: { code: number; reason: string } | undefined
  socket.on('message', (data) => got.push(serverMessageSchema.parse(JSON.parse(String(data)))))
  socket.on('error', () => {})
  socket.on('close', (code, reason) => {
    closed = { code, reason: String(reason) }
  })
  await new Promise((resolve) => socket.on('open', resolve))
  const of = (type: ServerMessage['type']) => got.filter((message) => message.type === type)
  return { socket, got, of, say: (message: object) => socket.send(JSON.stringify(message)), closed: () => closed }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('a client that sends faster than it is served', () => {
  test('is told and read more slowly; nothing is lost, and the order stays', async () => {
    const model = createFakeModel({ textEncoder: createSlowTextEncoder(() => 1) })
    const server = await serve({ model, limits: { pendingUtterances: 8 } })
    const { say, of } = await open(server)
    say(CONFIGURE)
    const texts = Array.from({ length: 200 }, (_, i) => `sentence ${i}`)
    for (const text of texts) say(transcript(text))
    await expect.poll(() => of('utterance.label').length, { timeout: 20_000 }).toBe(texts.length)
    expect(of('utterance.label').map((label) => (label.type === 'utterance.label' ? label.text : ''))).toEqual(texts)
    expect(of('rate_limited')).not.toEqual([])
    expect(of('error')).toEqual([])
  })

  test('audio at many times its speed is held to the pace, while another client is read at once', async () => {
    const server = await serve({ pace: { factor: 10, burstMs: 1_000 } })
    const [fast, other] = [await open(server), await open(server)]
    for (const { say } of [fast, other]) say(CONFIGURE)
    const payload = encodeSamples(new Int16Array(1_600))
    for (let i = 0; i < 60; i++)
      fast.socket.send(encodeMediaFrame({ kind: 'audio', participant: 0, startMs: i * 100, payload }))
    fast.say({ type: 'ping' })
    other.say({ type: 'ping' })
    await expect.poll(() => other.of('pong').length).toBe(1)
    // 6 s of sound: the first is free, the others come at ten times their speed.
    expect(fast.of('pong')).toEqual([])
    expect(fast.of('rate_limited')).toMatchObject([{ reason: 'faster_than_real_time' }])
    await expect.poll(() => fast.of('pong').length, { timeout: 10_000 }).toBe(1)
  })
})

describe('a client that does not read', () => {
  test('is cut when too much waits, and finds everything that it missed when it comes back', async () => {
    const free = { messagesPerSecond: 1e6, bytesPerSecond: 1e9, addressBytesPerSecond: 1e9 }
    const { lines, log } = logLines('warn')
    const cut = (): boolean => lines.some((line) => line.includes('EMO_CLIENT_TOO_SLOW'))
    const server = await serve({ log, limits: { ...free, unreadBytes: 200_000, ephemeralBytes: 50_000 } })
    const slow = await open(server)
    await expect.poll(() => slow.of('session.created').length).toBe(1)
    const created = slow.got[0]!
    if (created.type !== 'session.created') throw new Error('greeted first')
    slow.say(CONFIGURE)
    await expect.poll(() => slow.of('session.updated').length).toBe(1)
    slow.socket.pause()
    let sent = 0
    // Until the network's own buffers are full, and the server's bound after them.
    for (; !cut() && sent < 20_000; sent++) {
      slow.say(transcript('x'.repeat(8_000), { request_id: `r${sent}` }))
      if (sent % 50 === 0) await pause(10)
    }
    slow.socket.resume()
    await expect.poll(() => slow.closed(), { timeout: 10_000 }).toBeDefined()
    expect(slow.closed()).toEqual({ code: 1008, reason: 'EMO_CLIENT_TOO_SLOW' })
    const last = slow.got.at(-1)!.seq
    const again = await open(server)
    const { session_id, token } = created
    again.say({ type: 'session.resume', session_id, token, last_seq: last })
    await expect.poll(() => again.of('session.resumed').length, { timeout: 10_000 }).toBe(1)
    const numbers = [...slow.got, ...again.got]
      .filter(({ type }) => type === 'utterance.start' || type === 'utterance.label')
      .map(({ seq }) => seq)
    expect(numbers).toEqual(Array.from(numbers, (_, i) => numbers[0]! + i))
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { connect as connectTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { connect } from '../../src/client/client.ts'
import { createFakeTextEncoder } from '../../src/encoders/text/fake-text-encoder.ts'
import { createFakeModel } from '../../src/server/fakes.ts'
import type { ServerOptions } from '../../src/server/server.ts'
import { logLines } from './log-lines.ts'
import { serve } from './serving.ts'
import { CONFIGURE, createSlowTextEncoder, transcript } from './session-harness.ts'

const { type: _type, ...SETTINGS } = CONFIGURE
const said = (text: string) => ({ participant: 'ann', text, start_ms: 0, end_ms: 500 })

describe('HTTP', () => {
  test('a server that listens at every address names one that a browser can open', async () => {
    const { url, socketUrl, everywhere } = await serve({ host: '0.0.0.0', tokenHashes: ['0'.repeat(64)] })
    expect([new URL(url).hostname, new URL(socketUrl).hostname, everywhere]).toEqual(['127.0.0.1', '127.0.0.1', true])
    expect(await (await fetch(`${url}/healthz`)).json()).toEqual({ status: 'ok' })
    expect((await serve()).everywhere).toBe(false)
  })

  test('health, readiness, version and model', async () => {
    const { url } = await serve()
    const get = async (path: string) => (await fetch(url + path)).json()
    expect(await get('/healthz')).toEqual({ status: 'ok' })
    expect(await get('/readyz')).toEqual({ status: 'ready', sessions: 0 })
    expect(await get('/v1/version')).toMatchObject({ name: 'emograph', protocol: 'v1', socket: '/v1/session' })
    expect(await get('/v1/model')).toMatchObject({ name: 'fake', label_set: 'iemocap6', feature_sizes: { audio: 3 } })
    const card = await fetch(`${url}/v1/model`, { headers: { accept: 'text/markdown' } })
    expect(card.headers.get('content-type')).toContain('text/markdown')
    expect(await card.text()).toContain('# A fake model')
  })

  test('says for how long conversations are kept: in memory not longer than memory lasts', async () => {
    const kept = async (options: Partial<ServerOptions>): Promise<unknown> => {
      const { url } = await serve(options)
      return ((await (await fetch(`${url}/v1/model`)).json()) as { retention_ms: unknown }).retention_ms
    }
    expect(await kept({})).toBe(3_600_000)
    expect(await kept({ retentionMs: 1_000 })).toBe(1_000)
    expect(await kept({ retentionMs: null })).toBeNull()
    const dataDir = await mkdtemp(join(tmpdir(), 'emograph-kept-'))
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
    expect(await kept({ dataDir, retentionMs: 7_200_000 })).toBe(7_200_000)
  })

  test('an unknown address is a coded 404 with safe headers', async () => {
    const { url } = await serve()
    const response = await fetch(`${url}/nothing`)
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ error: { code: 'EMO_NOT_FOUND' } })
    expect(response.headers.get('content-security-policy')).toBeTruthy()
    expect(response.headers.get('x-powered-by')).toBeNull()
  })

  test('a page of another origin is refused', async () => {
    const { url } = await serve()
    const response = await fetch(`${url}/v1/model`, { headers: { origin: 'https://example.org' } })
    expect([response.status, (await response.json()) as unknown]).toMatchObject([
      403,
      { error: { code: 'EMO_ORIGIN_REFUSED' } },
    ])
  })

  test('a port that is taken is a coded error', async () => {
    const { url } = await serve()
    await expect(serve({ port: Number(new URL(url).port) })).rejects.toMatchObject({ code: 'EMO_LISTEN_FAILED' })
  })

  test('a wrong configuration is a coded error that names the field', async () => {
    await expect(serve({ port: 70_000 })).rejects.toThrow(/EMO_CONFIG_INVALID at field port/)
  })
})

describe('the upgrade', () => {
  const status = (url: string, headers: Record<string, string> = {}): Promise<number> =>
    new Promise((resolve) => {
      const socket = new WebSocket(url, { headers })
      socket.on('open', () => resolve(101))
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
      socket.on('error', () => {})
    })

  test('wants the right address, origin and host', async () => {
    const { url, socketUrl } = await serve({ allowedOrigins: ['https://example.org'] })
    expect(await status(socketUrl)).toBe(101)
    expect(await status(socketUrl, { origin: url })).toBe(101)
    expect(await status(socketUrl, { origin: 'https://example.org' })).toBe(101)
    expect(await status(socketUrl, { origin: 'https://example.com' })).toBe(403)
    expect(await status(socketUrl, { origin: 'null' })).toBe(403)
    expect(await status(socketUrl, { host: 'example.com', origin: 'http://example.com' })).toBe(403)
    expect(await status(socketUrl.replace('/v1/session', '/v2/session'))).toBe(404)
  })

  test('is refused beyond the number of sessions, and possible again when one has ended', async () => {
    const server = await serve({ limits: { sessions: 1 } })
    const first = await connect(server.socketUrl)
    expect(await status(server.socketUrl)).toBe(503)
    first.terminate()
    await expect.poll(() => server.sessions).toBe(0)
    expect(await status(server.socketUrl)).toBe(101)
  })
})

describe('sessions', () => {
  test('several at once are isolated: each is labelled as if it were alone', async () => {
    const { socketUrl } = await serve()
    const talk = async (name: string): Promise<unknown> => {
      const client = await connect(socketUrl)
      await client.configure(SETTINGS)
      const labels = []
      for (let i = 0; i < 6; i++) labels.push(await client.label(said(`${name} says ${i}`)))
      const closed = await client.close()
      return [labels.map(({ probabilities }) => probabilities), closed.utterances]
    }
    const names = ['one', 'two', 'three', 'four']
    const alone = []
    for (const name of names) alone.push(await talk(name))
    expect(await Promise.all(names.map(talk))).toEqual(alone)
  })

  test('a fault in one leaves the others alone', async () => {
    const healthy = createFakeTextEncoder()
    const encode = (texts: readonly string[]) =>
      texts.includes('break') ? Promise.reject(new Error('broken')) : healthy.encode(texts)
    const { socketUrl } = await serve({ model: createFakeModel({ textEncoder: { ...healthy, encode } }) })
    const [one, two] = [await connect(socketUrl), await connect(socketUrl)]
    await one.configure(SETTINGS)
    await two.configure(SETTINGS)
    await expect(one.label(said('break'))).rejects.toMatchObject({ code: 'EMO_INTERNAL' })
    await expect(one.label(said('fine'))).rejects.toMatchObject({ code: 'EMO_INTERNAL' })
    expect((await two.label(said('fine'))).modalities).toEqual(['text'])
  })

  test('random bytes, binary frames and too large messages are answered, and the session lives', async () => {
    const server = await serve({ limits: { messageBytes: 2_000, payloadBytes: 100_000 } })
    const socket = new WebSocket(server.socketUrl)
    const codes: string[] = []
    let closed = false
    const labels: string[] = []
    socket.on('close', () => {
      closed = true
    })
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as { type: string; code?: string; utterance_id?: string }
      if (message.type === 'error') codes.push(message.code ?? '')
      if (message.type === 'utterance.label') labels.push(message.utterance_id ?? '')
    })
    await new Promise((resolve) => socket.once('open', resolve))
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 500 }), fc.boolean(), async (bytes, binary) => {
        const before = codes.length
        // A text frame has to be UTF-8: the bytes as characters.
        socket.send(binary ? bytes : Buffer.from(Buffer.from(bytes).toString('latin1')))
        socket.send(JSON.stringify({ type: 'hello' }))
        await expect.poll(() => codes.length).toBe(before + 2)
        expect(closed).toBe(false)
      }),
      { numRuns: 50 },
    )
    socket.send('x'.repeat(3_000))
    await expect.poll(() => codes.at(-1)).toBe('EMO_MESSAGE_TOO_LARGE')
    expect(new Set(codes)).toEqual(
      new Set(['EMO_MESSAGE_INVALID', 'EMO_SESSION_NOT_CONFIGURED', 'EMO_MESSAGE_TOO_LARGE']),
    )
    socket.send(JSON.stringify(CONFIGURE))
    socket.send(JSON.stringify(transcript('after', { utterance_id: 'valid' })))
    await expect.poll(() => labels).toEqual(['valid'])
    socket.terminate()
  })

  test('a payload beyond the hard limit closes with 1009, a text that is not UTF-8 with 1007', async () => {
    const server = await serve({ limits: { payloadBytes: 10_000 } })
    const closeCode = (send: (socket: WebSocket) => void): Promise<number> =>
      new Promise((resolve) => {
        const socket = new WebSocket(server.socketUrl)
        socket.on('open', () => send(socket))
        socket.on('close', resolve)
      })
    expect(await closeCode((socket) => socket.send('x'.repeat(20_000)))).toBe(1009)
    expect(await closeCode((socket) => socket.send(Buffer.from([0xff, 0xfe]), { binary: false }))).toBe(1007)
    const client = await connect(server.socketUrl)
    await client.ping()
  })

  test('bytes that are no WebSocket at all do not disturb the server', async () => {
    const server = await serve()
    const port = Number(new URL(server.url).port)
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        await new Promise<void>((resolve) => {
          const tcp = connectTcp(port, '127.0.0.1', () => tcp.end(bytes))
          tcp.on('error', () => resolve())
          tcp.on('close', () => resolve())
          tcp.resume()
        })
      }),
      { numRuns: 30 },
    )
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  })

  test('a peer that answers no ping is cut', async () => {
    const server = await serve({ heartbeatMs: 30 })
    const deaf = new WebSocket(server.socketUrl, { autoPong: false })
    const closed = new Promise((resolve) => deaf.on('close', resolve))
    const client = await connect(server.socketUrl)
    await closed
    await client.ping()
    expect(server.sessions).toBe(1)
  })

  test('a client that does not read is cut with 1008', async () => {
    const { lines, log } = logLines()
    const server = await serve({ limits: { unreadBytes: 20_000 }, log })
    const socket = new WebSocket(server.socketUrl)
    const closed = new Promise<[number, string]>((resolve) =>
      socket.on('close', (code, reason) => resolve([code, String(reason)])),
    )
    await new Promise((resolve) => socket.once('open', resolve))
    socket.pause()
    // Small questions with answers of 17 KB each, more than the kernel's buffers (which the server cannot see) hold.
    const participants = Array.from({ length: 64 }, (_, i) => ({ id: `${i}`, name: 'x'.repeat(256) }))
    socket.send(JSON.stringify({ ...CONFIGURE, participants }))
    for (let round = 0; round < 100 && !lines.join('').includes('EMO_CLIENT_TOO_SLOW'); round++) {
      for (let i = 0; i < 50; i++) socket.send(JSON.stringify({ type: 'session.update' }))
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    socket.resume()
    expect(await closed).toEqual([1008, 'EMO_CLIENT_TOO_SLOW'])
  })
})

describe('shutting down', () => {
  test('labels what is accepted, says so, and refuses what is new', async () => {
    const textEncoder = createSlowTextEncoder(() => 20)
    const server = await serve({ model: createFakeModel({ textEncoder }) })
    const client = await connect(server.socketUrl, { resume: false })
    await client.configure(SETTINGS)
    const closed = new Promise((resolve) => client.on('session.closed', resolve))
    const labels = Promise.all(['one', 'two', 'three'].map((text) => client.label(said(text))))
    await new Promise((resolve) => client.on('utterance.start', resolve))
    await client.ping()
    const down = server.close()
    expect((await labels).map(({ text }) => text)).toEqual(['one', 'two', 'three'])
    expect(await closed).toMatchObject({ reason: 'shutdown', utterances: 3 })
    await down
    await expect(connect(server.socketUrl)).rejects.toMatchObject({ code: 'EMO_CONNECTION_FAILED' })
    await expect(client.ping()).rejects.toMatchObject({ code: 'EMO_CONNECTION_CLOSED' })
  })
})

test('a client that was refused and does not hang up does not keep the server from ending', async () => {
  const server = await serve()
  const { hostname, port } = new URL(server.url)
  const tcp = connectTcp({ host: hostname, port: Number(port), allowHalfOpen: true })
  onTestFinished(() => void tcp.destroy())
  const refused = new Promise((resolve) => tcp.once('data', (data) => resolve(String(data))))
  tcp.write('GET /elsewhere HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  expect(await refused).toMatch(/^HTTP\/1.1 404 /)
  await server.close()
})

test('the log has sessions and codes, and never words, features or causes that quote them', async () => {
  const { lines, log } = logLines()
  const encode = () => Promise.reject(new Error('could not encode "unrepeatable"'))
  const textEncoder = { ...createFakeTextEncoder(), encode }
  const server = await serve({ log, model: createFakeModel({ textEncoder }) })
  const client = await connect(server.socketUrl)
  await client.configure({ ...SETTINGS, purpose: 'unrepeatable', participants: [{ id: 'ann', name: 'unrepeatable' }] })
  await client.label({ ...said('unrepeatable'), features: { text: Array(8).fill(0.987) } })
  await expect(client.label(said('unrepeatable'))).rejects.toMatchObject({ code: 'EMO_INTERNAL' })
  await expect.poll(() => server.sessions).toBe(0)
  const text = lines.join('')
  expect(text).toContain('session fault')
  expect(text).toContain(client.session.session_id)
  expect(text).not.toContain('unrepeatable')
  expect(text).not.toContain('0.987')
})

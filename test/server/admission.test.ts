import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { connect } from '../../src/client/client.ts'
import { createAccessToken, hashToken } from '../../src/server/auth.ts'
import { openRaw } from '../support/raw-client.ts'
import { logLines } from './log-lines.ts'
import { serve } from './serving.ts'
import { CONFIGURE, transcript } from './session-harness.ts'

const token = createAccessToken()
interface Refusal {
  readonly status: number
  readonly code: string
  readonly retryAfter: string | undefined
  readonly authenticate: string | undefined
}

/** How an upgrade is answered: the subprotocol that was agreed on, or the refusal. */
function upgrade(url: string, headers: Record<string, string> = {}, protocols: string[] = []) {
  const socket = new WebSocket(url, protocols, { headers })
  return new Promise<{ protocol?: string; refusal?: Refusal; socket: WebSocket }>((resolve) => {
    socket.on('error', () => {})
    socket.on('open', () => resolve({ protocol: socket.protocol, socket }))
    socket.on('unexpected-response', (_request, response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += String(chunk)
      })
      response.on('end', () => {
        const { error } = JSON.parse(text) as { error: { code: string } }
        const { 'retry-after': retryAfter, 'www-authenticate': authenticate } = response.headers
        const status = response.statusCode ?? 0
        resolve({ refusal: { status, code: error.code, retryAfter, authenticate }, socket })
      })
    })
  })
}

describe('who may connect', () => {
  test('with a token in the header or among the subprotocols, of which the server answers its own', async () => {
    const { socketUrl } = await serve({ tokenHashes: [hashToken(token)] })
    expect(await upgrade(socketUrl, { authorization: `Bearer ${token}` })).toMatchObject({ protocol: '' })
    const offered = ['emograph.v1', `emograph.bearer.${token}`]
    expect(await upgrade(socketUrl, {}, offered)).toMatchObject({ protocol: 'emograph.v1' })
    for (const [headers, protocols] of [
      [{}, []],
      [{}, ['emograph.v1']],
      [{ authorization: `Basic ${token}` }, []],
      [{}, ['emograph.v1', `emograph.bearer.${createAccessToken()}`]],
    ] as const)
      expect((await upgrade(socketUrl, headers, [...protocols])).refusal).toEqual({
        status: 401,
        code: 'EMO_UNAUTHORIZED',
        retryAfter: undefined,
        authenticate: 'Bearer',
      })
  })

  test('the client of this package does so too', async () => {
    const { socketUrl } = await serve({ tokenHashes: [hashToken(token)] })
    await expect(connect(socketUrl, { resume: false })).rejects.toMatchObject({ code: 'EMO_CONNECTION_FAILED' })
    const client = await connect(socketUrl, { token })
    await client.ping()
    client.terminate()
  })

  test('so often and so many of one address; another one is not affected', async () => {
    const { socketUrl } = await serve({ limits: { connectionsPerAddress: 2, connectsPerMinute: 9 }, trustProxy: 1 })
    const from = (address: string) => upgrade(socketUrl, { 'x-forwarded-for': `192.0.2.99, ${address}` })
    const first = await from('192.0.2.1')
    await from('192.0.2.1')
    expect((await from('192.0.2.1')).refusal).toMatchObject({ status: 429, code: 'EMO_TOO_MANY_REQUESTS' })
    expect(await from('192.0.2.2')).toMatchObject({ protocol: '' })
    first.socket.terminate()
    await expect.poll(async () => (await from('192.0.2.1')).protocol).toBe('')
    // A third of nine at once: the next is possible in some seconds, and the answer says so.
    for (let i = 0; i < 2; i++) (await from('192.0.2.3')).socket.terminate()
    await expect
      .poll(async () => {
        const { refusal, socket } = await from('192.0.2.3')
        socket.terminate()
        return Number(refusal?.retryAfter)
      })
      .toBeGreaterThan(0)
  })

  test('without trusted proxies nobody can say to be somebody else', async () => {
    const { socketUrl } = await serve({ limits: { connectionsPerAddress: 1 } })
    const from = (address: string) => upgrade(socketUrl, { 'x-forwarded-for': address })
    expect(await from('192.0.2.1')).toMatchObject({ protocol: '' })
    expect((await from('192.0.2.2')).refusal).toMatchObject({ status: 429 })
  })

  test('beyond the loopback interface a server without tokens says so, and one with tokens has nothing to say', async () => {
    const warnings = async (tokenHashes: string[]): Promise<string[]> => {
      const { lines, log } = logLines('warn')
      await serve({ host: '0.0.0.0', tokenHashes, log })
      return lines
    }
    expect(await warnings([])).toEqual([expect.stringContaining('no access tokens')])
    expect(await warnings([hashToken(token)])).toEqual([])
  })

  test('a connection that begins nothing is closed, one that has begun stays', async () => {
    const { socketUrl } = await serve({ setupMs: 1_500 })
    const [idle, busy] = [await openRaw(socketUrl), await openRaw(socketUrl)]
    busy.say(CONFIGURE)
    idle.say({ type: 'ping' })
    await expect.poll(idle.closed).toBe(1008)
    expect(idle.heard.at(-1)).toMatchObject({ type: 'error', code: 'EMO_SETUP_TIMEOUT', fatal: true })
    busy.say({ type: 'ping', request_id: 'still here' })
    await busy.next('pong')
    expect(busy.closed()).toBeUndefined()
    busy.socket.terminate()
  })
})

describe('whoever sends too fast', () => {
  test('is read more slowly and told so, and loses nothing: thousands of messages are all answered, in order', async () => {
    const { socketUrl } = await serve({ limits: { messagesPerSecond: 2_000 } })
    const flood = await openRaw(socketUrl)
    const other = await openRaw(socketUrl)
    const count = 10_000
    for (let i = 0; i < count; i++) flood.say({ type: 'ping', request_id: `p${i}` })
    // Somebody else is served meanwhile.
    other.say(CONFIGURE)
    other.say(transcript('undisturbed'))
    await other.next('utterance.label')
    expect(flood.heard.length).toBeLessThan(count)
    const pongs = () => flood.heard.filter(({ type }) => type === 'pong')
    await expect.poll(() => pongs().length, { timeout: 60_000 }).toBe(count)
    expect(pongs().map(({ request_id }) => request_id)).toEqual(Array.from({ length: count }, (_, i) => `p${i}`))
    const told = flood.heard.filter((message) => message.type === 'rate_limited')
    expect(told.length).toBeGreaterThan(0)
    for (const message of told) {
      expect(message.reason).toBe('messages')
      expect(message.retry_after_ms).toBeGreaterThan(0)
    }
    expect(other.heard.some(({ type }) => type === 'rate_limited')).toBe(false)
    for (const { socket } of [flood, other]) socket.terminate()
  })

  test('so it is with bytes', async () => {
    const { socketUrl } = await serve({ limits: { bytesPerSecond: 400_000 } })
    const flood = await openRaw(socketUrl)
    for (let i = 0; i < 10; i++) flood.say({ type: 'ping', request_id: `p${i}`, padding: 'x'.repeat(100_000) })
    await expect.poll(() => flood.heard.filter(({ type }) => type === 'pong').length, { timeout: 60_000 }).toBe(10)
    expect(flood.heard.find((message) => message.type === 'rate_limited')).toMatchObject({ reason: 'bytes' })
    flood.socket.terminate()
  })
})

describe('frames beside messages', () => {
  test('count as messages do: whoever pings all the time is read more slowly, and answered', async () => {
    const { socketUrl } = await serve({ limits: { messagesPerSecond: 200 } })
    const flood = await openRaw(socketUrl)
    let pongs = 0
    flood.socket.on('pong', () => {
      pongs++
    })
    // Few enough at once for ws, whose own bound is the next test's.
    for (let sent = 0; sent < 600; ) {
      for (let i = 0; i < 20; i++, sent++) flood.socket.ping()
      await expect.poll(() => pongs, { interval: 1 }).toBe(sent)
    }
    await flood.next('rate_limited')
    flood.socket.terminate()
  })

  test('from a client that reads no answers end its connection, before they fill the memory', async () => {
    const { socketUrl } = await serve({ limits: { messagesPerSecond: 1_000_000 } })
    const deaf = await openRaw(socketUrl)
    deaf.socket.pause()
    const payload = Buffer.alloc(125)
    for (let i = 0; i < 5_000; i++) deaf.socket.ping(payload)
    deaf.socket.resume()
    await expect.poll(deaf.closed).toBe(1006)
  })
})

describe('over HTTP', () => {
  test('predictions are counted by address, before the upload is read', async () => {
    const { url } = await serve({ limits: { predictionsPerMinute: 3 } })
    const predict = async () => {
      const response = await fetch(`${url}/v1/predict`, { method: 'POST', body: 'not a form' })
      return { status: response.status, wait: Number(response.headers.get('retry-after')) }
    }
    expect(await predict()).toEqual({ status: 400, wait: 0 })
    const refused = await predict()
    expect(refused.status).toBe(429)
    expect(refused.wait).toBeGreaterThan(0)
  })

  test('the figures tell what happened', async () => {
    const { url, socketUrl } = await serve({ tokenHashes: [hashToken(token)] })
    const client = await openRaw(socketUrl, { token })
    client.say(CONFIGURE)
    client.say(transcript('one'))
    client.say(transcript('two', { participant: 'nobody' }))
    client.socket.send('{')
    await client.next('utterance.label')
    await upgrade(socketUrl)
    const figures = async () =>
      (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text()
    const told = await figures()
    for (const line of [
      'emograph_connections 1',
      'emograph_sessions 1',
      'emograph_sessions_opened_total 1',
      'emograph_messages_received_total{type="transcript"} 2',
      'emograph_messages_received_total{type="invalid"} 1',
      'emograph_messages_sent_total{type="utterance.label"} 1',
      'emograph_labels_total{mode="live",kind="final"} 1',
      'emograph_label_latency_seconds_count 1',
      'emograph_errors_total{code="EMO_PARTICIPANT_UNKNOWN"} 1',
      'emograph_errors_total{code="EMO_MESSAGE_INVALID"} 1',
      'emograph_refused_total{code="EMO_UNAUTHORIZED"} 1',
    ])
      expect(told.split('\n')).toContain(line)
    expect(Number(/^emograph_store_write_seconds_count (\d+)/m.exec(told)?.[1])).toBeGreaterThan(0)
    client.socket.terminate()
    await expect.poll(async () => (await figures()).includes('emograph_connections 0')).toBe(true)
  })
})

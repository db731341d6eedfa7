import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { createAccessToken, hashToken } from '../../src/server/auth.ts'
import type { EmographServer, ServerOptions } from '../../src/server/server.ts'
import { openRaw, type RawClient } from '../support/raw-client.ts'
import { serve as serveOne } from './serving.ts'
import { CONFIGURE, transcript } from './session-harness.ts'

/** Two who have access, each with a session; one of them wants the other's. */
const [ann, eve] = [createAccessToken(), createAccessToken()]
const SECRET = 'what only Ann may read'

const clients: RawClient[] = []
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.terminate()
})

const serve = (options: Partial<ServerOptions> = {}): Promise<EmographServer> =>
  serveOne({ tokenHashes: [ann, eve].map(hashToken), ...options })

async function open({ socketUrl }: EmographServer, token?: string): Promise<RawClient> {
  const client = await openRaw(socketUrl, token === undefined ? {} : { token })
  clients.push(client)
  return client
}

/** A session with one utterance, of which its owner's client has the keys. */
async function talk(server: EmographServer, token: string | undefined, text: string) {
  const client = await open(server, token)
  const { session_id: id, token: key } = await client.next('session.created')
  client.say({ ...CONFIGURE, purpose: text })
  client.say(transcript(text))
  await client.next('utterance.label')
  return { client, id, key }
}

/** What a connection is answered when it wants to go on with a session; its own numbers left out. */
async function resume(client: RawClient, session_id: string, token: string) {
  const from = client.heard.length
  client.say({ type: 'session.resume', session_id, token, last_seq: 0, request_id: 'r' })
  client.say({ type: 'ping', request_id: 'after' })
  await expect.poll(() => client.heard.slice(from).some(({ request_id }) => request_id === 'after')).toBe(true)
  return client.heard.slice(from).filter(({ request_id }) => request_id !== 'after')
}

describe('a session of somebody else', () => {
  test('is not resumed, by whatever key, and the answer is that to a session that does not exist', async () => {
    const server = await serve()
    const victim = await talk(server, ann, SECRET)
    const own = await talk(server, eve, 'nothing')
    const asEve = await open(server, eve)
    await asEve.next('session.created')
    const attempts: [string, string][] = [
      [randomUUID(), createAccessToken()],
      [victim.id, own.key],
      [victim.id, createAccessToken()],
      [victim.id, ''],
      [victim.id, ann],
      [victim.id, eve],
      // Stolen, but over a connection of another owner.
      [victim.id, victim.key],
      [own.id, victim.key],
      [victim.id.toUpperCase(), victim.key],
      [`${victim.id}' OR '1'='1`, victim.key],
      [randomUUID(), victim.key],
    ]
    const answers = []
    for (const [id, key] of attempts) answers.push(await resume(asEve, id, key))
    const [unknown] = answers
    expect(unknown).toMatchObject([{ type: 'error', code: 'EMO_SESSION_UNKNOWN', fatal: false }])
    for (const answer of answers) expect(answer).toEqual(unknown)
    expect(JSON.stringify(asEve.heard)).not.toContain(SECRET)

    // Ann has felt nothing of it, and her keys still open.
    expect(victim.client.closed()).toBeUndefined()
    victim.client.say(transcript('she goes on', { start_ms: 2_000, end_ms: 2_500 }))
    await expect.poll(() => victim.client.heard.at(-1)).toMatchObject({ type: 'utterance.label', text: 'she goes on' })
    const again = await open(server, ann)
    const heard = await resume(again, victim.id, victim.key)
    expect(heard.at(-1)).toMatchObject({ type: 'session.resumed', session_id: victim.id })
    expect(JSON.stringify(heard)).toContain(SECRET)
  })

  test('over HTTP is neither read nor deleted, and the answer is that to a session that does not exist', async () => {
    const server = await serve()
    const victim = await talk(server, ann, SECRET)
    const own = await talk(server, eve, 'nothing')
    const ask = async (method: string, id: string, key: string | undefined, path: string) => {
      const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` }
      const response = await fetch(`${server.url}/v1/sessions/${id}${path}`, { method, headers })
      return { status: response.status, text: await response.text() }
    }
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/graph'],
      ['DELETE', ''],
    ] as const) {
      const keys = [undefined, '', own.key, eve, createAccessToken(), hashToken(victim.key), hashToken(ann)]
      for (const key of keys) {
        const answer = await ask(method, victim.id, key, path)
        expect(answer).toEqual(await ask(method, randomUUID(), key, path))
        expect(answer.status).toBeGreaterThanOrEqual(400)
        expect(answer.text).not.toContain(SECRET)
      }
    }
    victim.client.say(transcript('it is still there', { start_ms: 2_000, end_ms: 2_500 }))
    await expect.poll(() => victim.client.heard.at(-1)).toMatchObject({ text: 'it is still there' })

    // The same questions with Ann's keys are answered: it is the key that decides.
    for (const key of [victim.key, ann]) {
      const answer = await ask('GET', victim.id, key, '')
      expect([answer.status, answer.text.includes(SECRET)]).toEqual([200, true])
    }
    const listed = async (key: string) => {
      const response = await fetch(`${server.url}/v1/sessions`, { headers: { authorization: `Bearer ${key}` } })
      return { status: response.status, text: await response.text() }
    }
    const [hers, mine] = [await listed(ann), await listed(eve)]
    expect([hers.text.includes(victim.id), hers.text.includes(own.id)]).toEqual([true, false])
    expect([mine.text.includes(victim.id), mine.text.includes(own.id)]).toEqual([false, true])
    // A session's key opens its session, and nothing else.
    for (const key of [victim.key, own.key, '']) expect((await listed(key)).status).toBe(401)
  })

  test('without access tokens is opened by its own key alone', async () => {
    const server = await serve({ tokenHashes: [] })
    const victim = await talk(server, undefined, SECRET)
    const own = await talk(server, undefined, 'nothing')
    const other = await open(server)
    await other.next('session.created')
    const unknown = await resume(other, randomUUID(), own.key)
    for (const key of [own.key, '', createAccessToken()]) expect(await resume(other, victim.id, key)).toEqual(unknown)
    expect(JSON.stringify(other.heard)).not.toContain(SECRET)
    expect((await resume(other, victim.id, victim.key)).at(-1)).toMatchObject({ type: 'session.resumed' })
  })
})

test('a connection is let in by a known token only, before anything is said', async () => {
  const server = await serve()
  for (const token of [undefined, '', createAccessToken(), hashToken(ann), `${ann}x`, ann.slice(0, -1)])
    await expect(openRaw(server.socketUrl, token === undefined ? {} : { token })).rejects.toThrow('status 401')
  expect(server.sessions).toBe(0)
  for (const path of ['/metrics', '/v1/predict']) {
    const response = await fetch(server.url + path, { method: path === '/metrics' ? 'GET' : 'POST' })
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
  }
  for (const path of ['/healthz', '/readyz', '/v1/version', '/v1/model'])
    expect((await fetch(server.url + path)).status).toBe(200)
  const metrics = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${eve}` } })
  expect(metrics.status).toBe(200)
})

test('ids and keys cannot be guessed from one’s own', async () => {
  const server = await serve()
  const made = []
  for (let i = 0; i < 20; i++) made.push(await (await open(server, eve)).next('session.created'))
  expect(new Set(made.map(({ session_id }) => session_id)).size).toBe(20)
  expect(new Set(made.map(({ token }) => token)).size).toBe(20)
  for (const { session_id, token } of made) {
    expect(session_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(Buffer.from(token, 'base64url').length).toBeGreaterThanOrEqual(32)
  }
})

test('sessions that name everything alike hear their own only, in whatever order they speak', async () => {
  const server = await serve({ limits: { connectsPerMinute: 60_000 } })
  const order = fc.array(fc.record({ who: fc.nat(2), mode: fc.constantFrom('live', 'offline') }), { maxLength: 15 })
  await fc.assert(
    fc.asyncProperty(order, async (steps) => {
      const three = await Promise.all([ann, eve, eve].map((token) => open(server, token)))
      for (const [i, client] of three.entries()) client.say({ ...CONFIGURE, purpose: `of ${i}` })
      const said = [0, 0, 0]
      for (const { who, mode } of steps) {
        const n = said[who]!++
        const times = { start_ms: n * 100, end_ms: n * 100 + 50 }
        three[who]!.say({ type: 'session.update', mode })
        three[who]!.say(transcript(`words of ${who}`, { ...times, utterance_id: `u${n}`, request_id: `r${n}` }))
      }
      for (const client of three) client.say({ type: 'session.close' })
      for (const [i, client] of three.entries()) {
        expect(await client.next('session.closed')).toMatchObject({ utterances: said[i] })
        const labels = client.heard.filter((message) => message.type === 'utterance.label')
        expect(labels.map(({ text }) => text)).toEqual(Array(said[i]).fill(`words of ${i}`))
        const others = [0, 1, 2].filter((other) => other !== i)
        for (const other of others) expect(JSON.stringify(client.heard)).not.toContain(`of ${other}`)
      }
    }),
    { numRuns: 15 },
  )
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { connect } from '../../src/client/client.ts'
import { createAccessToken } from '../../src/server/auth.ts'
import { type ServerProcess, startServerProcess } from '../e2e/server-process.ts'
import { writeTestCheckpoint } from './test-checkpoint.ts'

/**
 * A real server at level debug, and a marked word in every place that a client can write to. It must be in no line that
 * the process writes, in no answer to somebody else, and in no error's message.
 */
const MARK = 'UNREPEATABLE'
const token = createAccessToken()
/** A number that is in no other place either. */
const NUMBER = 0.9182736455

let server: ServerProcess
let remove: () => Promise<void>
let dir: string
beforeAll(async () => {
  ;({ dir, remove } = await writeTestCheckpoint())
  server = await startServerProcess(['--model', dir, '--data-dir', ':memory:', '--log-level', 'debug'], {
    EMOGRAPH_TOKENS: token,
  })
})
afterAll(() => remove())

const marked = (what: string) => `${MARK}-${what}`

/** Every message of the protocol, with the mark wherever it has a string, right and wrong. */
const MESSAGES: readonly unknown[] = [
  { type: 'transcript', request_id: marked('early'), participant: marked('ann'), text: MARK, start_ms: 0, end_ms: 1 },
  {
    type: 'session.update',
    request_id: marked('r1'),
    participants: [{ id: marked('ann'), name: marked('Ann') }, { id: 'bob' }],
    consent: true,
    purpose: marked('purpose'),
    segmentation: 'client',
  },
  { type: 'session.update', label_set: marked('labels'), mode: marked('mode'), segmentation: marked('who') },
  { type: 'session.update', participants: marked('participants'), [marked('field')]: 1 },
  { type: 'participant.update', participant: marked('eve'), name: marked('Eve') },
  { type: 'participant.update', participant: { [MARK]: MARK } },
  said({ text: marked('words'), utterance_id: marked('u1') }),
  said({ text: marked('words'), utterance_id: marked('u1') }),
  said({ participant: marked('nobody') }),
  said({ text: { [MARK]: [MARK] }, start_ms: MARK }),
  said({ features: { text: [NUMBER], [MARK]: [NUMBER] } }),
  said({ text: marked('interim'), final: false }),
  { type: 'utterance.end', participant: marked('ann'), end_ms: 2_000 },
  { type: 'utterance.end', participant: marked('ann') },
  { type: 'transcript.import', format: 'webvtt', participant: 'bob', payload: `WEBVTT ${MARK}` },
  { type: 'transcript.import', format: 'deepgram', participant: 'bob', payload: { channel: MARK } },
  { type: 'transcript.import', format: MARK, payload: MARK },
  { type: 'session.resume', session_id: marked('session'), token: marked('token'), last_seq: 0 },
  { type: MARK, [MARK]: MARK },
  { type: 'ping', request_id: marked('ping') },
  MARK,
  [MARK],
]

function said(more: object) {
  return { type: 'transcript', participant: marked('ann'), text: 'plain', start_ms: 1_000, end_ms: 1_500, ...more }
}

test('what a client writes is in no log line, in no answer to others, in no error', async () => {
  const bystander = await connect(server.socketUrl, { token })
  const overheard: unknown[] = []
  for (const type of ['session.updated', 'utterance.label', 'error'] as const)
    bystander.on(type, (message) => overheard.push(message))
  await bystander.configure({ participants: [{ id: 'carl' }], consent: true, purpose: 'to listen' })

  const errors = await speak([
    ...MESSAGES.map((message) => JSON.stringify(message)),
    `{"type":"transcript","text":"${MARK}`,
    `${MARK}{]`,
    Buffer.from(`\u0001\u0000${MARK}`),
    Buffer.from(`\u0007${MARK}`),
    JSON.stringify(said({ text: MARK.repeat(30_000) })),
  ])
  expect(errors.length).toBeGreaterThan(8)
  for (const { code, message } of errors) expect(code + message).not.toContain(MARK)

  const answers = await Promise.all([...requests(), wrongToken()])
  for (const answer of answers) expect(answer).not.toContain(MARK)
  await bystander.label({ participant: 'carl', text: 'Nothing was heard.', start_ms: 0, end_ms: 500 })
  expect(JSON.stringify(overheard)).not.toContain(MARK)
  await bystander.close()

  const figures = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${token}` } })
  expect(figures.status).toBe(200)
  expect(await figures.text()).not.toContain(MARK)

  const { stdout, stderr } = await server.stop()
  const written = stdout + stderr
  // It has looked: sessions were logged, by lines of JSON at level debug.
  expect(stderr.split('\n').filter((line) => line.includes('session')).length).toBeGreaterThan(2)
  for (const secret of [MARK, token, String(NUMBER), 'multipart']) expect(written).not.toContain(secret)
})

/** Sends each, and gives the errors that were answered, once a last ping is. */
function speak(messages: readonly (string | Buffer)[]): Promise<{ code: string; message: string }[]> {
  const socket = new WebSocket(server.socketUrl, ['emograph.v1', `emograph.bearer.${token}`])
  const errors: { code: string; message: string }[] = []
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('close', (code) => reject(new Error(`closed with ${code} after ${errors.map(({ code }) => code)}`)))
    socket.on('open', () => {
      for (const message of messages) socket.send(message)
      socket.send(JSON.stringify({ type: 'ping', request_id: 'last' }))
    })
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as { type: string; code: string; message: string; request_id?: string }
      if (message.type === 'error') errors.push(message)
      if (message.type !== 'pong' || message.request_id !== 'last') return
      resolve(errors)
      // Left without a word: what it leaves behind must not be logged either.
      socket.terminate()
    })
  })
}

/** What is answered to requests that are marked in their addresses, headers, bodies and file names. */
function requests(): Promise<string>[] {
  const form = new FormData()
  form.append('text', MARK)
  form.append(MARK, MARK)
  form.append('audio', new Blob([MARK]), `${MARK}.wav`)
  const authorization = `Bearer ${token}`
  const given: [string, RequestInit][] = [
    [`/v1/${MARK}?${MARK}=1`, {}],
    [`/v1/model?token=${MARK}`, { headers: { accept: `application/${MARK.toLowerCase()}` } }],
    [`/v1/sessions/${MARK}`, { headers: { authorization: `Bearer ${MARK}` } }],
    [`/v1/sessions/${MARK}?token=${MARK}`, { method: 'DELETE', headers: { authorization } }],
    [`/%ff${MARK}`, {}],
    ['/v1/predict', { method: 'POST', body: form, headers: { authorization } }],
    ['/v1/predict', { method: 'POST', body: MARK, headers: { authorization, 'content-type': `text/${MARK}` } }],
    ['/metrics', { headers: { authorization: `Bearer ${MARK}` } }],
    ['/', { headers: { origin: `https://${MARK}.example` } }],
  ]
  return given.map(async ([path, init]) => {
    const response = await fetch(server.url + path, init)
    return `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`
  })
}

/** What is answered to an upgrade with a token that is none. */
function wrongToken(): Promise<string> {
  const socket = new WebSocket(server.socketUrl, ['emograph.v1', `emograph.bearer.${MARK}${MARK}${MARK}`])
  return new Promise((resolve) => {
    socket.on('error', () => {})
    socket.on('unexpected-response', (_request, response) => {
      let text = String(response.statusCode)
      response.on('data', (chunk) => {
        text += String(chunk)
      })
      response.on('end', () => resolve(text))
    })
    socket.on('open', () => resolve(`${MARK} was let in`))
  })
}

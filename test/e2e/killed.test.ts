import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { type ServerMessage, serverMessageSchema } from '../../src/server/protocol/server-messages.ts'
import { writeTestCheckpoint } from '../server/test-checkpoint.ts'
import { startServerProcess } from './server-process.ts'

let checkpoint: Awaited<ReturnType<typeof writeTestCheckpoint>>
let dataDir: string
beforeAll(async () => {
  checkpoint = await writeTestCheckpoint()
  dataDir = await mkdtemp(join(tmpdir(), 'emograph-killed-'))
})
afterAll(async () => {
  await checkpoint.remove()
  await rm(dataDir, { recursive: true, force: true })
})

/** A server that keeps its sessions in `dataDir`. */
async function serve() {
  const server = await startServerProcess(['--model', checkpoint.dir, '--data-dir', dataDir, '--log-level', 'warn'])
  onTestFinished(() => void server.stop('SIGKILL'))
  return server
}

/** A client without a mind of its own: what it was sent. */
async function connect(url: string) {
  const socket = new WebSocket(url)
  const got: ServerMessage[] = []
  socket.on('message', (data) => got.push(serverMessageSchema.parse(JSON.parse(String(data)))))
  socket.on('error', () => {})
  await expect.poll(() => got.length).toBe(1)
  return {
    got,
    say: (message: object) => socket.send(JSON.stringify(message)),
    labels: () => got.filter((message) => message.type === 'utterance.label'),
    lost: new Promise((resolve) => socket.on('close', resolve)),
  }
}

const CONFIGURE = {
  type: 'session.update',
  request_id: 'configure',
  participants: [{ id: 'ann' }, { id: 'bob' }],
  consent: true,
  purpose: 'a test',
}
const SCRIPT = Array.from({ length: 24 }, (_, i) => ({
  type: 'transcript',
  request_id: `r${i}`,
  utterance_id: `u${i}`,
  participant: i % 2 === 0 ? 'ann' : 'bob',
  text: `This is what I say at ${i}.`,
  start_ms: i * 1_000,
  end_ms: i * 1_000 + 900,
}))

/** Not kept; a busy machine tells of its `quality`. */
const OF_THE_MOMENT = new Set(['session.resumed', 'quality', 'rate_limited'])

const comparable = (messages: readonly ServerMessage[]) =>
  messages.flatMap((message) => (message.type === 'utterance.label' ? [{ ...message, seq: 0, latency_ms: 0 }] : []))

test('kill -9 in the middle of work: no label is lost, doubled or changed, and the rest is as if nothing had been', async () => {
  const first = await serve()
  const before = await connect(first.socketUrl)
  before.say(CONFIGURE)
  for (const message of SCRIPT.slice(0, 16)) before.say(message)
  await expect.poll(() => before.labels().length).toBeGreaterThan(4)
  await first.stop('SIGKILL')
  await before.lost

  const second = await serve()
  const after = await connect(second.socketUrl)
  const created = before.got[0]!
  if (created.type !== 'session.created') throw new Error('the greeting comes first')
  const { session_id, token } = created
  after.say({ type: 'session.resume', session_id, token, last_seq: before.got.at(-1)!.seq })
  // Whatever the first server had read of it by the time it died.
  for (const message of SCRIPT) after.say(message)
  await expect.poll(() => before.labels().length + after.labels().length).toBe(SCRIPT.length)

  const told = [...before.got, ...after.got.slice(1)].filter(({ type }) => !OF_THE_MOMENT.has(type))
  expect(told.map(({ seq }) => seq)).toEqual(told.map((_, i) => i + 1))

  const undisturbed = await connect(second.socketUrl)
  undisturbed.say(CONFIGURE)
  for (const message of SCRIPT) undisturbed.say(message)
  await expect.poll(() => undisturbed.labels().length).toBe(SCRIPT.length)
  expect(comparable(told)).toEqual(comparable(undisturbed.got))
  await second.stop('SIGTERM')
})

test('a second server over the same sessions is refused, and ends', async () => {
  await serve()
  await expect(serve()).rejects.toThrow(/ended with 1: .*EMO_STORE_UNAVAILABLE.*Another server uses it/s)
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ServerMessage } from '../../src/server/protocol/server-messages.ts'
import { type BenchOptions, CONFIGURE, createSlowTextEncoder, openBench, transcript } from './session-harness.ts'
import { storePaths } from './store-paths.ts'

const newPath = storePaths()

type Bench = ReturnType<typeof openBench>
type Line = ReturnType<Bench['open']>

/** A client that keeps what is kept, comes back, and then sends all once more that was not refused. */
function createClient(bench: Bench) {
  let line: Line = bench.open()
  let up = true
  let read = 0
  let requests = 0
  const kept: ServerMessage[] = []
  /** By request: what was refused is not sent again, or it might be right by then. */
  const unrefused = new Map<string, object>()
  const created = line.of('session.created')[0]!
  const credentials = { session_id: created.session_id, token: created.token }

  /** Reads what has come, but for the last `lost` messages that were on their way when the connection broke. */
  function drain(lost = 0): void {
    for (; read < line.sent.length; read++) {
      const message = line.sent[read]!
      if (read >= line.sent.length - lost && isKept(message)) break
      // The greeting of a connection that resumes belongs to a session that nobody wants.
      if (message.type === 'session.created' && message.session_id !== credentials.session_id) continue
      if (isKept(message)) kept.push(message)
      // Consecutive; what is not kept says how far the client has come.
      expect(message.seq).toBe(kept.length)
    }
    for (const message of line.sent)
      if (message.type === 'error' && !isKept(message)) unrefused.delete(message.request_id!)
  }

  return {
    kept,
    credentials,
    get line() {
      return line
    },
    drain,
    /** Arrives unless the connection is lost. */
    send(message: object) {
      const request_id = `r${++requests}`
      unrefused.set(request_id, { ...message, request_id })
      if (up) line.say({ ...message, request_id })
    },
    lose(lost: number) {
      if (!up) return
      drain(lost)
      up = false
      line.connection.lost()
    },
    /** To this server, or to another over the same store. */
    comeBack(to: Bench) {
      line = to.open()
      up = true
      read = 0
      line.say({ type: 'session.resume', ...credentials, last_seq: kept.length, request_id: 'resume' })
      for (const message of unrefused.values()) line.say(message)
      drain()
    },
  }
}

const NOT_KEPT = new Set(['pong', 'quality', 'rate_limited', 'media.dropped', 'session.resumed'])
const isKept = (message: ServerMessage): boolean =>
  message.type === 'error' ? message.utterance_id !== undefined : !NOT_KEPT.has(message.type)

/**
 * What two runs of one script have in common: labels and settings in one order, beginnings in another (they are told on
 * receipt, whatever waits), without what names the session or measures time.
 */
function comparable(messages: readonly ServerMessage[]) {
  const told = messages.slice(1).map(({ seq: _seq, ...message }) => {
    if (message.type === 'utterance.label') return { ...message, latency_ms: 0 }
    return message
  })
  const isStart = ({ type }: { type: string }): boolean => type === 'utterance.start'
  return { starts: told.filter(isStart), others: told.filter((message) => !isStart(message)) }
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 1))

const speech = fc.record({
  participant: fc.constantFrom('ann', 'bob'),
  text: fc.string({ minLength: 1, maxLength: 3 }),
})
const message = fc.oneof(
  { weight: 6, arbitrary: speech.map(({ participant, text }) => transcript(`.${text}`, { participant })) },
  { weight: 3, arbitrary: speech.map(({ participant, text }) => transcript(text, { participant, final: false })) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('ann', 'bob').map((participant) => ({ type: 'utterance.end', participant })),
  },
  { weight: 1, arbitrary: fc.constantFrom('live', 'offline').map((mode) => ({ type: 'session.update', mode })) },
  { weight: 1, arbitrary: fc.constant({ type: 'session.update', explain: true }) },
  { weight: 1, arbitrary: fc.constant({ type: 'participant.update', participant: 'eve', name: 'Eve' }) },
  { weight: 1, arbitrary: fc.constant(transcript('refused', { participant: 'nobody' })) },
)
type Trouble = 'none' | 'wait' | 'lost' | 'rest' | 'killed'
const trouble = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Trouble>('none') },
  { weight: 5, arbitrary: fc.constantFrom<Trouble>('wait', 'lost', 'rest', 'killed') },
)
const step = fc.record({ message, trouble, downFor: fc.nat(3), lost: fc.nat(4) })

const OPTIONS: BenchOptions = { model: { textEncoder: createSlowTextEncoder((text) => text.length % 2) } }

/** Sends the script to one connection of one server; the messages that its client keeps. */
async function undisturbed(script: readonly object[]): Promise<ServerMessage[]> {
  const bench = openBench(OPTIONS)
  const client = createClient(bench)
  for (const each of script) client.send(each)
  await client.line.connection.session?.close('client')
  client.drain()
  bench.kill()
  return client.kept
}

interface Disturbed {
  readonly kept: readonly ServerMessage[]
  readonly faults: readonly unknown[]
}

async function disturbed(
  configure: object,
  steps: readonly { message: object; trouble: Trouble; downFor: number; lost: number }[],
) {
  const path = newPath()
  let bench = openBench({ ...OPTIONS, path })
  const client = createClient(bench)
  const faults: unknown[] = []
  client.send(configure)
  let downUntil = 0
  for (const [i, { message: next, trouble: kind, downFor, lost }] of steps.entries()) {
    client.send(next)
    if (kind === 'wait') await turn()
    if (kind === 'lost' || kind === 'rest' || kind === 'killed') {
      client.lose(lost)
      downUntil = i + downFor
    }
    if (kind === 'rest') await client.line.connection.session?.rest()
    if (kind === 'killed') {
      bench.kill()
      faults.push(...bench.faults)
      bench = openBench({ ...OPTIONS, path })
    }
    if (kind !== 'wait' && kind !== 'none' && i >= downUntil) client.comeBack(bench)
    if (kind === 'none' && i === downUntil && downUntil > 0) client.comeBack(bench)
  }
  client.lose(0)
  client.comeBack(bench)
  await client.line.connection.session?.close('client')
  client.drain()
  faults.push(...bench.faults)
  bench.kill()
  return { kept: client.kept, faults } satisfies Disturbed
}

test('whatever happens on the way, a client is told what it would have been told', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('live', 'offline'),
      fc.array(step, { minLength: 1, maxLength: 25 }),
      async (mode, steps) => {
        const configure = { ...CONFIGURE, mode }
        const expected = await undisturbed([configure, ...steps.map((each) => each.message)])
        const { kept, faults } = await disturbed(configure, steps)
        expect(faults).toEqual([])
        expect(comparable(kept)).toEqual(comparable(expected))
      },
    ),
    { numRuns: 60 },
  )
})

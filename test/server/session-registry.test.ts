import { describe, expect, test } from 'vitest'
import { type BenchOptions, CONFIGURE, createSlowTextEncoder, openBench, transcript } from './session-harness.ts'
import { storePaths } from './store-paths.ts'

const newPath = storePaths()

type Bench = ReturnType<typeof openBench>
type Line = ReturnType<Bench['open']>

const keyOf = ({ of }: Line) => {
  const { session_id, token } = of('session.created')[0]!
  return { session_id, token }
}

/** A session with one labelled utterance. */
async function talk(bench: Bench, owner?: string) {
  const line = bench.open(owner)
  line.say(CONFIGURE)
  line.say(transcript('one', { utterance_id: 'one', end_ms: 5_000 }))
  await expect.poll(() => line.of('utterance.label')).toHaveLength(1)
  return { line, key: keyOf(line) }
}

function resume(bench: Bench, key: object, last_seq: number, owner?: string): Line {
  const line = bench.open(owner)
  line.say({ type: 'session.resume', ...key, last_seq, request_id: 'resume' })
  return line
}

const typesAfterGreeting = (line: Line) => line.sent.slice(1).map(({ type }) => type)

describe('resuming', () => {
  test('is refused alike for an unknown session, a wrong token and another owner', async () => {
    const bench = openBench()
    const { line, key } = await talk(bench, 'owner-one')
    line.connection.lost()
    const refusals = [
      resume(bench, { ...key, session_id: 'another' }, 4, 'owner-one'),
      resume(bench, { ...key, token: 'wrong' }, 4, 'owner-one'),
      resume(bench, { ...key, token: '' }, 4, 'owner-one'),
      resume(bench, key, 4, 'owner-two'),
      resume(bench, key, 4),
      resume(bench, { session_id: 'another', token: 'wrong' }, 4),
    ]
    const answers = refusals.map(({ sent, ends }) => [sent.slice(1), ends])
    expect(answers[0]).toMatchObject([[{ type: 'error', code: 'EMO_SESSION_UNKNOWN', fatal: false }], []])
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(typesAfterGreeting(resume(bench, key, 4, 'owner-one'))).toEqual(['session.resumed'])
  })

  test('a connection that was refused can begin a session of its own', async () => {
    const bench = openBench()
    const line = resume(bench, { session_id: 'a', token: 'b' }, 1)
    line.say(CONFIGURE)
    line.say(transcript('one'))
    await expect.poll(() => line.of('utterance.label')).toHaveLength(1)
  })

  test('takes the session over from a connection that still has it', async () => {
    const bench = openBench()
    const { line: old, key } = await talk(bench)
    const line = resume(bench, key, 2)
    expect(old.ends).toEqual(['EMO_SESSION_TAKEN_OVER'])
    expect(typesAfterGreeting(line)).toEqual(['utterance.start', 'utterance.label', 'session.resumed'])
    const before = old.sent.length
    // The old socket's end comes late and changes nothing.
    old.connection.lost()
    line.say(transcript('two'))
    await expect.poll(() => line.of('utterance.label')).toHaveLength(2)
    expect(old.sent).toHaveLength(before)
    expect(bench.registry.size).toBe(1)
  })

  test('from nothing tells everything, the token too, which the store does not have', async () => {
    const path = newPath()
    const first = openBench({ path })
    const { line, key } = await talk(first)
    expect(JSON.stringify(first.store.messages.after(key.session_id, 0, 10))).not.toContain(key.token)
    first.kill()
    const second = openBench({ path })
    const again = resume(second, key, 0)
    expect(again.sent.slice(1, -1)).toEqual(line.sent)
    second.kill()
  })

  test('says up to where media is accounted for: the last label of each participant', async () => {
    const path = newPath()
    const first = openBench({ path })
    const { key } = await talk(first)
    first.kill()
    const second = openBench({ path })
    const [ann, bob] = resume(second, key, 4).of('session.resumed')[0]?.media ?? []
    // Or a little before it: frames reach over its edge.
    expect(ann?.audio_ms).toBeGreaterThanOrEqual(4_000)
    expect(ann?.audio_ms).toBeLessThanOrEqual(5_000)
    expect(ann?.video_ms).toBe(ann?.audio_ms)
    expect(bob).toEqual({ participant: 'bob', audio_ms: 0, video_ms: 0 })
    second.kill()
  })

  test('a closed session is told once more, and cannot go on', async () => {
    const bench = openBench()
    const { line, key } = await talk(bench)
    line.say({ type: 'session.close' })
    await expect.poll(() => line.ends).toEqual([undefined])
    const again = resume(bench, key, 3)
    await expect.poll(() => again.ends).toEqual([undefined])
    expect(typesAfterGreeting(again)).toEqual(['utterance.label', 'session.closed', 'session.resumed'])
    again.say(transcript('more'))
    expect(again.of('error')).toEqual([])
    expect(bench.registry.size).toBe(0)
  })

  test('a session that is closing closes, however often it is asked', async () => {
    const textEncoder = createSlowTextEncoder(() => 20)
    const bench = openBench({ model: { textEncoder } })
    const line = bench.open()
    line.say(CONFIGURE)
    line.say(transcript('one'))
    line.say({ type: 'session.close', request_id: 'close' })
    line.connection.lost()
    const again = resume(bench, keyOf(line), 2)
    again.say({ type: 'session.close', request_id: 'close' })
    await expect.poll(() => again.ends).toEqual([undefined])
    expect(again.sent.at(-1)).toMatchObject({ type: 'session.closed', request_id: 'close', utterances: 1 })
    expect(again.codes()).toEqual([])
  })

  test('a session of another model can be read, not resumed', async () => {
    const path = newPath()
    const first = openBench({ path })
    const { key } = await talk(first)
    first.kill()
    const second = openBench({ path, model: { sha256: '1'.repeat(64) } })
    expect(resume(second, key, 4).codes()).toEqual(['EMO_SESSION_MODEL_CHANGED'])
    expect(second.store.readConversation(key.session_id)?.utterances).toHaveLength(1)
    second.kill()
  })

  test('two that come at once for a session in the store have one session', async () => {
    const path = newPath()
    const first = openBench({ path })
    const { key } = await talk(first)
    first.kill()
    const second = openBench({ path })
    const [one, two] = [resume(second, key, 4), resume(second, key, 4)]
    expect(one.ends).toEqual(['EMO_SESSION_TAKEN_OVER'])
    two.say(transcript('two', { utterance_id: 'two' }))
    await expect.poll(() => two.of('utterance.label')).toHaveLength(1)
    expect(second.registry.size).toBe(1)
    second.kill()
  })
})

describe('memory', () => {
  const forgets = async (options: BenchOptions, lines: number) => {
    const bench = openBench(options)
    for (let i = 0; i < lines; i++) (await talk(bench)).line.connection.lost()
    return bench
  }

  test('a connection that began nothing leaves nothing', () => {
    const bench = openBench()
    const line = bench.open()
    line.connection.lost()
    expect(bench.registry.size).toBe(0)
    expect(bench.store.sessions.find(keyOf(line).session_id)).toBeUndefined()
  })

  test('sessions without a connection rest in the store after a while', async () => {
    const bench = await forgets({ context: { resumeMs: 20 } }, 2)
    await expect.poll(() => bench.registry.size).toBe(0)
    expect(bench.events.filter(({ type }) => type === 'session.left')).toHaveLength(2)
  })

  test('and at once, the oldest first, when there are too many', async () => {
    const bench = await forgets({ limits: { sessions: 3 } }, 5)
    await expect.poll(() => bench.registry.size).toBe(3)
  })

  test('a session does not rest before what it has accepted is labelled', async () => {
    const textEncoder = createSlowTextEncoder(() => 30)
    const bench = openBench({ model: { textEncoder }, context: { resumeMs: 1 } })
    const line = bench.open()
    line.say(CONFIGURE)
    for (const text of ['one', 'two', 'three']) line.say(transcript(text))
    line.connection.lost()
    await expect.poll(() => bench.registry.size).toBe(0)
    expect(bench.store.readConversation(keyOf(line).session_id)?.utterances).toHaveLength(3)
  })
})

describe('an end', () => {
  test('by shutdown is none: what was accepted is labelled, and the next server goes on', async () => {
    const path = newPath()
    const textEncoder = createSlowTextEncoder(() => 5)
    const first = openBench({ path, model: { textEncoder } })
    const line = first.open()
    line.say(CONFIGURE)
    for (const text of ['one', 'two']) line.say(transcript(text))
    line.say(transcript('half a', { participant: 'bob', final: false }))
    await first.registry.drain()
    expect(line.of('utterance.label')).toHaveLength(2)
    expect(line.sent.at(-1)).toMatchObject({ type: 'session.closed', reason: 'shutdown', seq: 7, utterances: 2 })
    expect(resume(first, keyOf(line), 7).codes()).toEqual(['EMO_SHUTTING_DOWN'])
    first.kill()

    const second = openBench({ path })
    const again = resume(second, keyOf(line), 7)
    expect(typesAfterGreeting(again)).toEqual(['session.resumed'])
    again.say({ type: 'utterance.end', participant: 'bob' })
    await expect.poll(() => again.of('utterance.label')).toMatchObject([{ text: 'half a', participant: 'bob', seq: 8 }])
    second.kill()
  })

  test.each(['removed', 'expired'] as const)(
    'a session that is %s is told so, and there is nothing left',
    async (how) => {
      const bench = openBench()
      const { line, key } = await talk(bench)
      if (how === 'removed') expect(bench.registry.remove(key.session_id)).toBe(true)
      else expect(bench.registry.expire(Date.now() + 1)).toBe(1)
      expect(line.sent.at(-1)).toMatchObject({
        type: 'session.closed',
        reason: how === 'removed' ? 'deleted' : 'expired',
      })
      expect(line.ends).toEqual([undefined])
      expect(bench.store.sessions.find(key.session_id)).toBeUndefined()
      expect(resume(bench, key, 1).codes()).toEqual(['EMO_SESSION_UNKNOWN'])
      expect(bench.faults).toEqual([])
    },
  )

  test('a fault about one utterance does not come back: it has failed, the others are labelled after the resume', async () => {
    const path = newPath()
    const broken = { name: 'broken', size: 8, encode: () => Promise.reject(new Error('no')) }
    const first = openBench({ path, model: { textEncoder: broken } })
    const line = first.open()
    line.say(CONFIGURE)
    line.say(transcript('breaks', { utterance_id: 'breaks' }))
    line.say(transcript('waits', { utterance_id: 'waits' }))
    await expect.poll(() => line.ends).toEqual(['EMO_INTERNAL'])
    expect(line.sent.at(-1)).toMatchObject({ type: 'error', fatal: true, utterance_id: 'breaks' })
    const key = keyOf(line)
    first.kill()
    const second = openBench({ path })
    const again = resume(second, key, line.sent.length)
    await expect.poll(() => again.of('utterance.label')).toMatchObject([{ utterance_id: 'waits' }])
    second.kill()
  })
})

test('a request is taken once, whoever sends it how often', async () => {
  const bench = openBench()
  const { line, key } = await talk(bench)
  line.say(transcript('two', { request_id: 'same' }))
  line.say(transcript('two', { request_id: 'same' }))
  const again = resume(bench, key, 4)
  again.say(transcript('two', { request_id: 'same' }))
  await expect.poll(() => again.of('utterance.label')).toHaveLength(1)
  again.say(transcript('three', { request_id: 'other' }))
  await expect.poll(() => again.of('utterance.label')).toHaveLength(2)
  expect(again.of('utterance.start')).toHaveLength(2)
})

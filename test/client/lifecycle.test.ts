import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoffMs } from '../../src/client/backoff.ts'
import type { BufferDropped, StateEvent } from '../../src/client/index.ts'
import { AUDIO_SAMPLES_PER_MS } from '../../src/server/protocol/media-frame.ts'
import { createWorld, SETTINGS, settle } from './world.ts'

const said = (text: string, participant = 'ann') => ({ participant, text, start_ms: 0, end_ms: 500 })
const hundredMs = new Int16Array(100 * AUDIO_SAMPLES_PER_MS)

describe('a session that is taken up by its credentials', () => {
  test('knows greeting and settings, and tells only what is new', async () => {
    const world = createWorld()
    const first = await world.connect()
    await settle(world, first.configure(SETTINGS))
    await settle(world, first.label(said('one')))
    const unheard = first.label(said('two'))
    unheard.catch(() => {})
    const credentials = JSON.parse(JSON.stringify(first.credentials))
    await world.time.run(world.time.now() + 4)
    first.terminate()
    await settle(world, Promise.resolve())
    expect(first.state).toBe('closed')
    await expect(unheard).rejects.toMatchObject({ code: 'EMO_CONNECTION_CLOSED' })

    world.heard.length = 0
    const second = await world.connect({ session: credentials })
    expect(second.session).toEqual(first.session)
    expect(second.settings?.participants).toEqual(SETTINGS.participants)
    expect(world.heard.map(({ type }) => type)).toEqual(['utterance.start', 'utterance.label', 'session.resumed'])
    expect(world.heard[1]).toMatchObject({ text: 'two' })
    second.sendAudio('bob', 0, hundredMs)
    expect(await settle(world, second.label(said('three')))).toMatchObject({ text: 'three' })
    expect(world.session(second).frames).toEqual([{ kind: 'audio', participant: 1, startMs: 0 }])
    expect(second.credentials.lastSeq).toBe(world.session(second).kept.length)

    world.heard.length = 0
    const third = await world.connect({ session: { ...credentials, lastSeq: 0 } })
    expect(world.heard.slice(0, -1)).toEqual(world.session(third).kept)
  })

  test('until that is given up: nobody comes for it later', async () => {
    const world = createWorld()
    const first = await world.connect()
    await settle(world, first.configure(SETTINGS))
    const session = first.credentials
    first.terminate()
    world.network.setDown(true)
    const leaving = new AbortController()
    const given = { code: 'EMO_CONNECTION_CLOSED' }
    const waiting = world.connect({ session, signal: leaving.signal })
    await world.time.run(world.time.now() + 5_000)
    leaving.abort()
    await expect(waiting).rejects.toMatchObject(given)
    const { connections } = world.network
    world.network.setDown(false)
    await expect(world.connect({ session, signal: leaving.signal })).rejects.toMatchObject(given)
    await world.time.run(world.time.now() + 100_000)
    expect(world.network.connections).toBe(connections)

    const staying = new AbortController()
    const client = await world.connect({ session, signal: staying.signal })
    staying.abort()
    expect(client.state).toBe('open')
    expect(await settle(world, client.label(said('one')))).toMatchObject({ text: 'one' })
  })

  test('or is not there any more', async () => {
    const world = createWorld()
    const session = { id: 'nobody', token: 'none', lastSeq: 3 }
    await expect(world.connect({ session })).rejects.toMatchObject({ code: 'EMO_SESSION_UNKNOWN' })
  })
})

describe('a session that the server has lost', () => {
  test('is begun anew before it was configured', async () => {
    const world = createWorld()
    const client = await world.connect()
    const configured = client.configure(SETTINGS)
    world.network.cut()
    world.server.forgetAll()
    expect(await settle(world, configured)).toMatchObject({ consent: true })
    const label = client.label(said('words'))
    world.network.cut()
    expect(await settle(world, label)).toMatchObject({ text: 'words' })
    expect(world.session(client).taken).toHaveLength(1)
    expect(client.credentials.lastSeq).toBe(world.session(client).kept.length)
  })

  test('is at its end afterwards', async () => {
    const world = createWorld()
    const client = await world.connect()
    await settle(world, client.configure(SETTINGS))
    world.network.cut()
    world.server.forgetAll()
    await expect(settle(world, client.label(said('words')))).rejects.toMatchObject({ code: 'EMO_SESSION_UNKNOWN' })
    expect(client.state).toBe('closed')
  })
})

describe('the end', () => {
  test('close: no more attempts', async () => {
    const world = createWorld()
    const client = await world.connect()
    expect(await settle(world, client.close())).toMatchObject({ reason: 'client' })
    expect(client.state).toBe('closed')
    await settle(world, Promise.resolve(), 100_000)
    expect(world.network.connections).toBe(1)
    await expect(client.drained()).rejects.toMatchObject({ code: 'EMO_CONNECTION_CLOSED' })
    expect(() => client.interim(said('late'))).toThrow('EMO_CONNECTION_CLOSED')
  })

  test.each([
    ['a fatal error', { type: 'error', code: 'EMO_INTERNAL', message: 'EMO_INTERNAL.', fatal: true }, 'EMO_INTERNAL'],
    ['a session that was deleted', { type: 'session.closed', reason: 'deleted', utterances: 0 }, 'EMO_SESSION_CLOSED'],
    ['a message that is none', { type: 'welcome' }, 'EMO_CONNECTION_CLOSED'],
  ])('%s: no more attempts, and whoever waits is told', async (_name, message, code) => {
    const world = createWorld(1, { labelMs: 1e6 })
    const client = await world.connect()
    const states: StateEvent[] = []
    client.on('state', (event) => states.push(event))
    await settle(world, client.configure(SETTINGS))
    const label = client.label(said('words'))
    await world.time.run(world.time.now() + 5)
    world.server.sayToAll({ seq: 3, ...message })
    await expect(settle(world, label)).rejects.toMatchObject({ code })
    expect(states).toMatchObject([{ state: 'closed', error: { code } }])
    expect(world.network.connections).toBe(1)
  })

  test.each([
    ['resume: false', { resume: false }, 1],
    ['three attempts', { resume: { attempts: 3 } }, 4],
    ['five seconds', { resume: { maxMs: 5_000, firstDelayMs: 1_000, longestDelayMs: 1_000 } }, 7],
  ] as const)('gives up: %s', async (_name, options, most) => {
    const world = createWorld()
    const client = await world.connect(options)
    await settle(world, client.configure(SETTINGS))
    world.network.setDown(true)
    world.network.cut()
    const label = client.label(said('words'))
    await expect(settle(world, label, 200_000)).rejects.toMatchObject({ code: /EMO_CONNECTION_(CLOSED|FAILED)/ })
    expect(client.state).toBe('closed')
    expect(world.network.connections).toBeGreaterThanOrEqual(Math.min(4, most))
    expect(world.network.connections).toBeLessThanOrEqual(most)
  })

  test('not while something new comes between', async () => {
    const world = createWorld()
    const client = await world.connect({ resume: { attempts: 2 } })
    await settle(world, client.configure(SETTINGS))
    for (let i = 0; i < 6; i++) {
      world.network.cut()
      expect(await settle(world, client.label(said(`words ${i}`)), 5_000)).toMatchObject({ text: `words ${i}` })
    }
    expect(client.state).toBe('open')
  })

  test('a server that keeps no sessions is not asked for them', async () => {
    const world = createWorld(1, { resumeMs: 0 })
    const client = await world.connect()
    world.network.cut()
    await settle(world, Promise.resolve())
    expect([client.state, world.network.connections]).toEqual(['closed', 1])
  })
})

describe('a connection that dies in silence', () => {
  test('is noticed and made again', async () => {
    const world = createWorld()
    const client = await world.connect({ heartbeatMs: 1_000 })
    await settle(world, client.configure(SETTINGS), 10_000)
    expect(world.network.connections).toBe(1)
    world.network.freeze()
    const label = client.label(said('words'))
    await world.time.run(world.time.now() + 500)
    expect(client.state).toBe('open')
    expect(await settle(world, label, 5_000)).toMatchObject({ text: 'words' })
    expect(world.network.connections).toBe(2)
  })
})

test('a connection with nothing to say, whose timers are late, is let be', async () => {
  const world = createWorld()
  const { time } = world
  const clock = { ...time, after: (ms: number, task: () => void) => time.after(ms + time.upTo(8), task) }
  const client = await world.connect({ heartbeatMs: 1_000, clock })
  await settle(world, client.configure(SETTINGS), 500_000)
  expect([client.state, world.network.connections]).toEqual(['open', 1])
})

describe('what is kept', () => {
  test('of media: the newest, and what was given up is told', async () => {
    const world = createWorld()
    const client = await world.connect({ buffer: { audioMs: 3_000, videoMs: 2_000 } })
    await settle(world, client.configure(SETTINGS))
    const dropped: BufferDropped[] = []
    client.on('buffer.dropped', (event) => dropped.push(event))
    world.network.setDown(true)
    world.network.cut()
    await settle(world, Promise.resolve())
    for (let startMs = 0; startMs < 10_000; startMs += 100) {
      client.sendAudio('ann', startMs, hundredMs)
      client.sendImage('bob', startMs, Uint8Array.of(0xff, 0xd8))
      await world.time.run(world.time.now() + 100)
    }
    world.network.setDown(false)
    await settle(world, client.drained(), 30_000)
    const of = (kind: string): number[] =>
      world.session(client).frames.flatMap((frame) => (frame.kind === kind ? [frame.startMs] : []))
    expect(of('audio')).toEqual(Array.from({ length: 30 }, (_, i) => 7_000 + 100 * i))
    expect(of('image')).toEqual(Array.from({ length: 21 }, (_, i) => 7_900 + 100 * i))
    for (const [kind, participant, frames] of [['audio', 'ann', 70] as const, ['image', 'bob', 79] as const]) {
      const reports = dropped.filter((event) => event.kind === kind)
      expect(new Set(reports.map((event) => event.participant))).toEqual(new Set([participant]))
      expect(reports.reduce((sum, event) => sum + event.frames, 0)).toBe(frames)
      expect(reports[0]?.startMs).toBe(0)
      // Not a report for each frame.
      expect(reports.length).toBeLessThan(12)
    }
  })

  test('of requests: so many', async () => {
    const world = createWorld()
    const client = await world.connect({ buffer: { requests: 5 } })
    await settle(world, client.configure(SETTINGS))
    world.network.cut()
    const labels = Array.from({ length: 5 }, (_, i) => client.label(said(`words ${i}`)))
    await expect(client.label(said('one more'))).rejects.toMatchObject({ code: 'EMO_RATE_LIMITED' })
    await settle(world, Promise.all(labels), 10_000)
    expect(world.session(client).taken).toHaveLength(5)
  })

  test('a large sound goes in pieces, a picture that is too large not at all', async () => {
    const world = createWorld()
    const client = await world.connect()
    expect(() => client.sendAudio('ann', 0, hundredMs)).toThrow('EMO_PARTICIPANT_UNKNOWN')
    await settle(world, client.configure(SETTINGS))
    expect(() => client.sendAudio('ann', 0.5, hundredMs)).toThrow('EMO_MEDIA_INVALID')
    expect(() => client.sendImage('ann', 0, new Uint8Array(100_000))).toThrow('EMO_MESSAGE_TOO_LARGE')
    client.sendAudio('ann', 50, new Int16Array(2_500 * AUDIO_SAMPLES_PER_MS))
    await settle(world, client.drained())
    expect(world.session(client).frames.map(({ startMs }) => startMs)).toEqual([50, 1_050, 2_050])
  })
})

describe('a server that is too slow', () => {
  test('is given a rest, and everything afterwards', async () => {
    const world = createWorld(1, { rateLimitEvery: 1e9 })
    const client = await world.connect()
    await settle(world, client.configure(SETTINGS))
    world.server.sayToAll({ type: 'rate_limited', seq: 2, reason: 'messages', retry_after_ms: 2_000 })
    await world.time.run(world.time.now() + 5)
    const labels = [client.label(said('one')), client.label(said('two'))]
    const bytes = client.bufferedAmount
    expect(bytes).toBeGreaterThan(0)
    await world.time.run(world.time.now() + 1_900)
    expect([world.session(client).taken.length, client.bufferedAmount]).toEqual([0, bytes])
    await settle(world, client.drained())
    expect(client.bufferedAmount).toBe(0)
    await settle(world, Promise.all(labels))
    expect(world.session(client).taken.map(({ text }) => text)).toEqual(['one', 'two'])
  })
})

test('a listener that fails does not stop the messages', async () => {
  const world = createWorld()
  const thrown: unknown[] = []
  const catchThrown = (error: unknown): void => void thrown.push(error)
  const before = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException').on('uncaughtException', catchThrown)
  try {
    const client = await world.connect()
    client.on('utterance.start', () => {
      throw new Error('mine')
    })
    await settle(world, client.configure(SETTINGS))
    expect(await settle(world, client.label(said('words')))).toMatchObject({ text: 'words' })
    expect(thrown).toMatchObject([{ message: 'mine' }])
  } finally {
    process.off('uncaughtException', catchThrown)
    for (const listener of before) process.on('uncaughtException', listener)
  }
})

test('waits twice as long each time, up to the longest, and never less than half of it', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 2_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, chance) => {
        const delay = backoffMs(attempt, { firstDelayMs: 100, longestDelayMs: 5_000 }, () => chance)
        const whole = Math.min(5_000, 100 * 2 ** attempt)
        expect(delay).toBeGreaterThanOrEqual(whole / 2)
        expect(delay).toBeLessThanOrEqual(whole)
      },
    ),
  )
})

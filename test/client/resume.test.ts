import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Client, ServerMessage } from '../../src/client/index.ts'
import { AUDIO_SAMPLES_PER_MS } from '../../src/server/protocol/media-frame.ts'
import { createWorld, SETTINGS, settle, type World } from './world.ts'

/** The client against a model of the server, over wires that break: no clock, no chance but the test's own. */

const PEOPLE = ['ann', 'bob'] as const

/** Without what the server does not keep. */
const kept = (messages: readonly ServerMessage[]): ServerMessage[] =>
  messages.filter(
    (message) =>
      !['session.resumed', 'rate_limited', 'pong', 'error'].includes(message.type) &&
      !(message.type === 'session.closed' && message.reason === 'shutdown'),
  )

/** Everything that somebody can do to a client, and what can happen to its connection. */
const eventArbitrary = fc.record({
  afterMs: fc.nat({ max: 400 }),
  what: fc.constantFrom(
    'final',
    'final',
    'interim',
    'end',
    'import',
    'ping',
    'refused',
    'cut',
    'cut',
    'down',
    'shutdown',
  ),
  who: fc.nat({ max: 1 }),
})

interface Asked {
  readonly text: string
  /** How much of the speaker's sound was sent before it. */
  readonly audioMs: number
  outcomes: unknown[]
}

/** Plays the events; sound of both runs along, 100 ms a frame, always before the transcript that it belongs to. */
async function play(world: World, client: Client, events: readonly { afterMs: number; what: string; who: number }[]) {
  const { time, network, server } = world
  const asked: Asked[] = []
  const spoken = [0, 0]
  const open: (string | undefined)[] = [undefined, undefined]
  let refused = 0

  function follow(text: string, audioMs: number, answer: Promise<unknown>): void {
    const request: Asked = { text, audioMs, outcomes: [] }
    asked.push(request)
    answer.then(
      (value) => request.outcomes.push(value),
      (error: unknown) => request.outcomes.push(error),
    )
  }

  for (const [i, { afterMs, what, who }] of events.entries()) {
    await time.run(time.now() + afterMs)
    const participant = PEOPLE[who]!
    const start_ms = spoken[who]!
    const end_ms = start_ms + 100
    const said = { participant, text: `words ${i}`, start_ms, end_ms }
    if (['final', 'interim', 'end'].includes(what)) {
      client.sendAudio(participant, start_ms, new Int16Array(100 * AUDIO_SAMPLES_PER_MS).fill(i))
      client.sendImage(participant, start_ms, Uint8Array.of(0xff, 0xd8, i))
      spoken[who] = end_ms
    }
    if (what === 'final') follow(said.text, end_ms, client.label(said))
    if (what === 'import') {
      const payload = { ...said, participant: 'recogniser' }
      follow(said.text, 0, client.importTranscript({ format: 'webvtt', payload }))
    }
    if (what === 'interim') client.interim(said)
    if (what === 'interim') open[who] = said.text
    if (what === 'end' && open[who] !== undefined) follow(open[who], end_ms, client.endUtterance(participant, end_ms))
    if (what === 'final' || what === 'end') open[who] = undefined
    if (what === 'ping') follow('ping', 0, client.ping())
    if (what === 'refused') follow(`refused ${++refused}`, 0, client.label({ ...said, participant: 'eve' }))
    if (what === 'cut') network.cut()
    if (what === 'shutdown') server.shutDown()
    if (what === 'down') {
      network.setDown(true)
      network.cut()
      time.after(2_000, () => network.setDown(false))
    }
  }
  return { asked, spoken, speaking: open.map((text) => text !== undefined) }
}

describe('a client whose connection breaks', () => {
  test('is told everything once and in order, and every request is answered once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.array(eventArbitrary, { minLength: 1, maxLength: 40 }), async (seed, events) => {
        const world = createWorld(seed)
        const client = await world.connect({ heartbeatMs: 5_000 })
        await settle(world, client.configure(SETTINGS))
        const { asked, spoken, speaking } = await play(world, client, events)
        await world.time.run(world.time.now() + 20_000)
        expect(client.state).toBe('open')
        const session = world.session(client)

        expect(kept(world.heard)).toEqual(session.kept)
        expect(session.needless).toBe(0)
        expect([...session.open.keys()].sort()).toEqual(PEOPLE.filter((_, who) => speaking[who]))
        expect(asked.map(({ outcomes }) => outcomes.length)).toEqual(asked.map(() => 1))
        for (const { text, outcomes } of asked) {
          if (text.startsWith('refused')) expect(outcomes[0]).toMatchObject({ code: 'EMO_PARTICIPANT_UNKNOWN' })
          // An import and a ping have nothing to say.
          else expect(outcomes[0] === undefined ? text : (outcomes[0] as { text?: string }).text).toBe(text)
        }
        // Taken once each, in the order in which they were said, after the sound that belongs to them.
        const finals = asked.filter(({ text }) => text.startsWith('words'))
        expect(session.taken.map(({ text }) => text)).toEqual(finals.map(({ text }) => text))
        for (const [i, { audioMs }] of session.taken.entries()) expect(audioMs).toBe(finals[i]?.audioMs)
        // Not a gap in anybody's sound, and no picture missing.
        for (const [who, endMs] of spoken.entries()) {
          const own = session.frames.filter(({ participant }) => participant === who)
          const expected = Array.from({ length: endMs / 100 }, (_, k) => 100 * k)
          for (const kind of ['audio', 'image'] as const)
            expect([...new Set(own.filter((f) => f.kind === kind).map(({ startMs }) => startMs))]).toEqual(expected)
        }
        client.terminate()
        await world.time.run()
      }),
      { numRuns: 150 },
    )
  })
})

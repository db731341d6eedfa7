import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MODES } from '../../src/conversation/mode.ts'
import { ERRORS, type ErrorCode } from '../../src/errors.ts'
import type { ServerEvent } from '../../src/server/events.ts'
import { createMetrics, type Readings } from '../../src/server/metrics.ts'
import { CLIENT_MESSAGE_TYPES } from '../../src/server/protocol/client-messages.ts'
import { CLOSE_REASONS } from '../../src/server/protocol/server-messages.ts'

const quiet: Readings = { sessions: 0, connections: 0, waiting: 0, oldestWaitMs: 0, quality: 'full' }
const codes = Object.keys(ERRORS) as ErrorCode[]
/** An identifier as a client may choose it: it must not come out again. */
const ids = fc.string({ minLength: 1 }).map((text) => `unrepeatable${text}`)
const ms = fc.integer({ min: 0, max: 10_000 })
const frames = fc.integer({ min: 1, max: 50 })
const kind = fc.constantFrom('audio' as const, 'image' as const)
const events: fc.Arbitrary<ServerEvent> = fc.oneof(
  fc.record({ type: fc.constant('session.opened' as const), session: ids, sessions: fc.nat() }),
  fc.record({
    type: fc.constant('session.resumed' as const),
    session: ids,
    restored: fc.boolean(),
    replayed: fc.nat(),
  }),
  fc.record({ type: fc.constant('session.detached' as const), session: ids, kept: fc.boolean() }),
  fc.record({
    type: fc.constant('session.left' as const),
    session: ids,
    sessions: fc.nat(),
    reason: fc.constantFrom(...CLOSE_REASONS),
  }),
  fc.record({
    type: fc.constant('message.received' as const),
    message: fc.constantFrom(...CLIENT_MESSAGE_TYPES, 'binary' as const, 'invalid' as const),
    bytes: fc.nat(1_000_000),
  }),
  fc.record({
    type: fc.constant('message.sent' as const),
    message: fc.constantFrom('pong' as const, 'error' as const, 'utterance.label' as const),
  }),
  fc.record({ type: fc.constant('utterance.labelled' as const), latencyMs: ms, waiting: fc.nat() }),
  fc.record({
    type: fc.constant('label.told' as const),
    mode: fc.constantFrom(...MODES),
    kind: fc.constantFrom('interim' as const, 'final' as const, 'revised' as const),
  }),
  fc.record({ type: fc.constant('media.taken' as const), kind, frames }),
  fc.record({
    type: fc.constant('media.dropped' as const),
    kind,
    reason: fc.constantFrom('late' as const, 'ahead' as const, 'invalid' as const),
    frames,
  }),
  fc.record({ type: fc.constant('held' as const), reason: fc.constantFrom('messages' as const, 'bytes' as const) }),
  fc.record({ type: fc.constant('store.written' as const), ms }),
  fc.record({ type: fc.constantFrom('error' as const, 'refused' as const), code: fc.constantFrom(...codes) }),
)

/** The samples of the text exposition format, by name and labels. */
function samples(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]))
}

async function figures(given: readonly ServerEvent[], readings: Readings = quiet) {
  const metrics = createMetrics(() => readings)
  for (const event of given) metrics.observe(event)
  return { text: await metrics.text(), contentType: metrics.contentType }
}

describe('the figures', () => {
  test('count what happened: against a plain count of the same events', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(events, { maxLength: 60 }), async (given) => {
        const found = samples((await figures(given)).text)
        const count = (keep: (event: ServerEvent) => number | boolean) =>
          given.reduce((sum, event) => sum + Number(keep(event)), 0)
        expect(found.get('emograph_sessions_opened_total') ?? 0).toBe(count(({ type }) => type === 'session.opened'))
        for (const mode of MODES)
          for (const kind of ['interim', 'final', 'revised'])
            expect(found.get(`emograph_labels_total{mode="${mode}",kind="${kind}"}`) ?? 0).toBe(
              count((event) => event.type === 'label.told' && event.mode === mode && event.kind === kind),
            )
        for (const code of ['EMO_MESSAGE_INVALID', 'EMO_UNAUTHORIZED'])
          expect(found.get(`emograph_errors_total{code="${code}"}`) ?? 0).toBe(
            count((event) => event.type === 'error' && event.code === code),
          )
        expect(found.get('emograph_received_bytes_total') ?? 0).toBe(
          count((event) => (event.type === 'message.received' ? event.bytes : 0)),
        )
        expect(found.get('emograph_media_frames_dropped_total{kind="audio",reason="late"}') ?? 0).toBe(
          count((event) =>
            event.type === 'media.dropped' && event.kind === 'audio' && event.reason === 'late' ? event.frames : 0,
          ),
        )
        const latencies = given.flatMap((event) => (event.type === 'utterance.labelled' ? [event.latencyMs] : []))
        expect(found.get('emograph_label_latency_seconds_count')).toBe(latencies.length)
        expect(found.get('emograph_label_latency_seconds_bucket{le="0.1"}')).toBe(
          latencies.filter((latency) => latency <= 100).length,
        )
      }),
      { numRuns: 40 },
    )
  })

  test('have no label that a client can choose, and a bounded number of series', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(events, { minLength: 50, maxLength: 300 }), async (given) => {
        const { text } = await figures(given)
        expect(text).not.toContain('unrepeatable')
        const own = [...samples(text).keys()].filter((name) => name.startsWith('emograph_'))
        const closed = 2 * codes.length + CLIENT_MESSAGE_TYPES.length + 150
        expect(own.length).toBeLessThan(closed)
      }),
      { numRuns: 20 },
    )
  })

  test('read the state of the server when they are asked for, and say how the process is', async () => {
    const { text, contentType } = await figures([], {
      sessions: 3,
      connections: 2,
      waiting: 5,
      oldestWaitMs: 1_500,
      quality: 'no_video',
    })
    const found = samples(text)
    expect(contentType).toContain('text/plain')
    const names = ['sessions', 'connections', 'queue_utterances', 'queue_age_seconds', 'quality_level']
    expect(names.map((name) => found.get(`emograph_${name}`))).toEqual([3, 2, 5, 1.5, 2])
    for (const name of [
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
      'nodejs_eventloop_lag_p99_seconds',
    ])
      expect(found.get(name)).toBeGreaterThanOrEqual(0)
  })

  test('of two servers in one process are their own', async () => {
    const [one, two] = [createMetrics(() => quiet), createMetrics(() => quiet)]
    one.observe({ type: 'session.opened', session: 'a', sessions: 1 })
    expect(samples(await one.text()).get('emograph_sessions_opened_total')).toBe(1)
    expect(samples(await two.text()).get('emograph_sessions_opened_total')).toBe(0)
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLoad } from '../../src/server/load.ts'
import type { MediaFeatures, MediaIntake } from '../../src/server/media/media-types.ts'
import type { QualityLevel } from '../../src/server/protocol/server-messages.ts'
import { qualityConfigSchema } from '../../src/server/quality.ts'
import { interimLabelsOf } from '../../src/server/session-interim.ts'
import { type BenchOptions, CONFIGURE, createSlowTextEncoder, openBench, transcript } from './session-harness.ts'

const now = (): number => performance.now()
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const spoken = (text: string, more: object = {}) => transcript(text, { final: false, ...more })

/** A server whose interim labels come every 20 ms, and one client of it. */
function open(options: BenchOptions = {}, level: QualityLevel = 'full') {
  const load = { ...createLoad(qualityConfigSchema.parse({}), now), level }
  const bench: ReturnType<typeof openBench> = openBench({
    ...options,
    context: {
      load,
      createInterim: (session) =>
        interimLabelsOf({ model: bench.context.model, load, observe: bench.context.observe, now, everyMs: 20 })(
          session,
        ),
      ...options.context,
    },
  })
  const client = bench.open()
  const labels = (interim: boolean) => client.of('utterance.label').filter((label) => label.interim === interim)
  return { ...bench, ...client, labels, load }
}

describe('interim labels of a session', () => {
  test('are what the final label would be now, carry the last kept number, and none comes after the final one', async () => {
    const { say, sent, labels, events } = open()
    say(CONFIGURE)
    say(transcript('before', { participant: 'bob' }))
    say(spoken('We finally got'))
    await expect.poll(() => labels(true).length).toBe(1)
    say(spoken('We finally got the keys'))
    await expect.poll(() => labels(true).length).toBe(2)
    say(transcript('We finally got the keys'))
    await expect.poll(() => labels(false).length).toBe(2)
    await pause(60)
    const [first, second] = labels(true)
    const final = labels(false)[1]!
    expect(first).toMatchObject({
      text: 'We finally got',
      final: false,
      mode: 'live',
      utterance_id: final.utterance_id,
    })
    expect(second).toMatchObject({ label: final.label, probabilities: final.probabilities, modalities: ['text'] })
    expect(sent.at(-1)).toBe(sent.find(({ seq, type }) => type === 'utterance.label' && seq === final.seq))
    expect(second!.seq).toBe(final.seq - 1)
    expect(events).toContainEqual({ type: 'label.told', mode: 'live', kind: 'interim' })
  })

  test('none where the client wants none, consent is withdrawn, or the server has no time', async () => {
    const cases: [object[], QualityLevel][] = [
      [[{ ...CONFIGURE, interim_labels: false }], 'full'],
      [[CONFIGURE], 'no_interim'],
      [[CONFIGURE], 'text_only'],
      [[CONFIGURE, spoken('We'), { type: 'session.update', consent: false }], 'full'],
    ]
    for (const [messages, level] of cases) {
      const { say, labels } = open({}, level)
      for (const message of [...messages, spoken('We finally got')]) say(message)
      await pause(60)
      expect(labels(true)).toEqual([])
    }
  })

  test('a fault in one ends nothing', async () => {
    const encoder = createSlowTextEncoder(() => 0)
    const encode = (texts: readonly string[]) =>
      texts[0] === 'broken' ? Promise.reject(new Error('broken')) : encoder.encode(texts)
    const { say, labels, faults } = open({ model: { textEncoder: { ...encoder, encode } } })
    say(CONFIGURE)
    say(spoken('broken'))
    await expect.poll(() => faults.length).toBe(1)
    say(transcript('whole'))
    await expect.poll(() => labels(false).length).toBe(1)
  })

  test('with any number of them the final labels are those of a session without', async () => {
    const turn = fc.record({ who: fc.constantFrom('ann', 'bob'), words: fc.nat(3), wait: fc.nat(15) })
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 6 }), async (turns) => {
        const all = await Promise.all(
          [true, false].map(async (interim_labels) => {
            const { say, labels } = open()
            say({ ...CONFIGURE, interim_labels })
            for (const [i, { who, words, wait }] of turns.entries()) {
              for (let n = 0; n <= words; n++) {
                say(spoken('word '.repeat(n), { participant: who }))
                await pause(wait)
              }
              say(transcript(`whole ${i}`, { participant: who }))
            }
            await expect.poll(() => labels(false).length).toBe(turns.length)
            return labels(false).map(({ label, probabilities, seq }) => ({ label, probabilities, seq }))
          }),
        )
        expect(all[0]).toEqual(all[1])
      }),
      { numRuns: 10 },
    )
  })
})

/** A media intake whose features come when they are told to. */
function createHeldMedia() {
  const levels: QualityLevel[] = []
  let deliver = (_features: MediaFeatures): void => {}
  const intake: MediaIntake = {
    push: () => {},
    configure: () => {},
    begin: () => {},
    progress: () => {},
    snapshot: async () => ({ features: {}, missing: {} }),
    finish: () =>
      new Promise((resolve) => {
        deliver = resolve
      }),
    discard: () => {},
    heldUntil: () => [{ participant: 'ann', audioMs: 1_000, videoMs: 0 }],
    restore: () => {},
    setQuality: (level) => void levels.push(level),
    end: async () => {},
    dispose: async () => {},
  }
  return { intake, levels, deliver: (features: MediaFeatures) => deliver(features) }
}

const AUDIO_FRAME = Uint8Array.of(1, 0, 0, 0, 0, 0, 1, 0)

describe('a label and its media', () => {
  test('is not later than the deadline: it is given without them, and says so', async () => {
    const { intake } = createHeldMedia()
    const { say, labels, connection, load } = open({ context: { createMedia: () => intake, mediaDeadlineMs: 50 } })
    say(CONFIGURE)
    connection.receiveFrame(AUDIO_FRAME)
    say(transcript('We finally got the keys'))
    expect(load.workload.waiting).toBe(1)
    await expect.poll(() => labels(false).length).toBe(1)
    expect(labels(false)[0]).toMatchObject({ modalities: ['text'], missing: { audio: 'late' } })
    expect(load.workload.waiting).toBe(0)
  })

  test('waits on where there is nothing else to label', async () => {
    const { intake, deliver } = createHeldMedia()
    const { say, labels, connection } = open({ context: { createMedia: () => intake, mediaDeadlineMs: 20 } })
    say(CONFIGURE)
    connection.receiveFrame(AUDIO_FRAME)
    say(transcript(''))
    await pause(60)
    expect(labels(false)).toEqual([])
    deliver({ features: { audio: new Float32Array(3).fill(1) }, missing: {} })
    await expect.poll(() => labels(false).length).toBe(1)
    expect(labels(false)[0]).toMatchObject({ modalities: ['audio'] })
  })
})

describe('quality', () => {
  const changed = (level: QualityLevel) =>
    ({ type: 'quality', level, reason: 'cpu', lag_ms: 1, cpu: 2, queue_age_ms: 0 }) as const

  test('every client is told of a change, and its media obeys; sound stays where it is all there is', async () => {
    const held = [createHeldMedia(), createHeldMedia()]
    const { registry, open: more, ...first } = open({ context: { createMedia: () => held.shift()!.intake } })
    const levels = held.map((media) => media.levels)
    const second = more()
    first.say(CONFIGURE)
    second.say({ ...CONFIGURE, segmentation: 'server' })
    first.connection.receiveFrame(AUDIO_FRAME)
    second.connection.receiveFrame(AUDIO_FRAME)
    for (const level of ['no_video', 'text_only'] as const)
      registry.each((session) => session.setQuality(changed(level)))
    for (const client of [first, second])
      expect(client.of('quality').map(({ level }) => level)).toEqual(['no_video', 'text_only'])
    // The second's intake was made first, when it asked for the server's segmentation.
    expect(levels.map((each) => each.at(-1)).sort()).toEqual(['no_interim', 'text_only'])
  })

  test('whoever comes later is told where less than everything is done', () => {
    const { open: more, load } = open({}, 'no_video')
    expect(more().of('quality')).toEqual([])
    Object.assign(load, { message: changed('no_video') })
    expect(more().of('quality')).toMatchObject([{ level: 'no_video' }])
    Object.assign(load, { level: 'full' })
    expect(more().of('quality')).toEqual([])
  })
})

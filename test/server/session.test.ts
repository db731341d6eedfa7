import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFakeLabeller } from '../../src/server/fakes.ts'
import { CONFIGURE, createSlowTextEncoder, openSession, transcript } from './session-harness.ts'

describe('a session', () => {
  test('greets, configures, labels and closes, each message with the next seq', async () => {
    const { sent, configure, say, settled, ends } = openSession()
    configure({ request_id: 'c' })
    say(transcript('hello there', { request_id: 't', utterance_id: 'first' }))
    await settled()
    expect(sent.map((message) => message.type)).toEqual([
      'session.created',
      'session.updated',
      'utterance.start',
      'utterance.label',
      'session.closed',
    ])
    expect(sent.map((message) => message.seq)).toEqual([1, 2, 3, 4, 5])
    expect(sent[1]).toMatchObject({ request_id: 'c', mode: 'live', consent: true, purpose: 'a test' })
    expect(sent[3]).toMatchObject({
      request_id: 't',
      utterance_id: 'first',
      participant: 'ann',
      modalities: ['text'],
      final: true,
      text: 'hello there',
    })
    expect(sent[4]).toMatchObject({ reason: 'client', utterances: 1 })
    expect(ends).toEqual([undefined])
  })

  test('labels in the order of acceptance, whatever each text takes to encode', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(4), { minLength: 1, maxLength: 20 }), async (delays) => {
        const textEncoder = createSlowTextEncoder((text) => Number(text.split(' ')[0]))
        const { of, configure, say, settled } = openSession({ model: { textEncoder } })
        configure()
        delays.forEach((delay, i) => {
          say(transcript(`${delay} ms`, { utterance_id: `id${i}` }))
        })
        await settled()
        expect(of('utterance.label').map((label) => label.utterance_id)).toEqual(delays.map((_, i) => `id${i}`))
      }),
      { numRuns: 20 },
    )
  })

  test('sends probabilities of every label that sum to 1, the label being the largest', async () => {
    const { of, configure, say, settled } = openSession()
    configure()
    for (const text of ['one', 'two', 'three']) say(transcript(text))
    await settled()
    for (const { label, probabilities } of of('utterance.label')) {
      expect(probabilities.map(({ name }) => name)).toEqual(['hap', 'sad', 'neu', 'ang', 'exc', 'fru'])
      expect(probabilities.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 5)
      expect(label).toBe(probabilities.toSorted((a, b) => b.probability - a.probability)[0]?.name)
    }
  })

  test('takes precomputed features instead of the text, null for a value that is missing', async () => {
    const seen: Float32Array[] = []
    const { of, configure, say, settled } = openSession({
      model: {
        createLabeller: (mode) => {
          const labeller = createFakeLabeller(mode, 6)
          return {
            ...labeller,
            add: (utterance) => {
              seen.push(utterance.features.audio ?? new Float32Array())
              return labeller.add(utterance)
            },
          }
        },
      },
    })
    configure()
    say(transcript('', { features: { audio: [1, null, 3] } }))
    await settled()
    expect(of('utterance.label')[0]?.modalities).toEqual(['audio'])
    expect(seen).toEqual([Float32Array.of(1, Number.NaN, 3)])
  })

  test('features of nothing but null are a missing modality', async () => {
    const { of, codes, configure, say, settled } = openSession()
    configure()
    say(transcript('words', { features: { audio: [null, null, null] } }))
    say(transcript('', { features: { audio: [null, null, null] } }))
    await settled()
    expect(of('utterance.label').map(({ modalities }) => modalities)).toEqual([['text']])
    expect(codes()).toEqual(['EMO_UTTERANCE_EMPTY'])
  })

  describe('interim transcripts', () => {
    test('open an utterance that its final transcript closes', async () => {
      const { sent, of, configure, say, settled } = openSession()
      configure()
      say(transcript('I', { final: false }))
      say(transcript('I am', { final: false }))
      say(transcript('I am here', { end_ms: 2_000 }))
      await settled()
      expect(of('utterance.start')).toHaveLength(1)
      expect(of('utterance.label')).toHaveLength(1)
      expect(of('utterance.label')[0]).toMatchObject({ utterance_id: 'u1', text: 'I am here', end_ms: 2_000 })
      expect(sent.some((message) => message.type === 'error')).toBe(false)
    })

    test('are made final by utterance.end', async () => {
      const { of, codes, configure, say, settled } = openSession()
      configure()
      say(transcript('so far', { final: false }))
      say({ type: 'utterance.end', participant: 'ann', end_ms: 1_500, request_id: 'e' })
      say({ type: 'utterance.end', participant: 'ann' })
      await settled()
      expect(of('utterance.label')[0]).toMatchObject({ text: 'so far', end_ms: 1_500, request_id: 'e' })
      expect(codes()).toEqual(['EMO_UTTERANCE_UNKNOWN'])
    })

    test('of two participants are two utterances', async () => {
      const { of, configure, say, settled } = openSession()
      configure()
      say(transcript('one', { final: false }))
      say(transcript('two', { final: false, participant: 'bob' }))
      say(transcript('one and', { participant: 'ann' }))
      say({ type: 'utterance.end', participant: 'bob' })
      await settled()
      expect(of('utterance.label').map(({ text, participant }) => [participant, text])).toEqual([
        ['ann', 'one and'],
        ['bob', 'two'],
      ])
    })
  })

  describe('modes', () => {
    test('live never revises', async () => {
      const { of, configure, say, settled } = openSession()
      configure()
      for (let i = 0; i < 10; i++) say(transcript(`text ${i}`))
      await settled()
      expect(of('utterance.revised')).toEqual([])
      expect(of('utterance.label').every((label) => label.final)).toBe(true)
    })

    test('offline: after the last revision the client has what the model says of the whole', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 12 }), async (texts) => {
          const live = openSession()
          const offline = openSession()
          live.configure({ mode: 'live' })
          offline.configure({ mode: 'offline' })
          for (const [i, text] of texts.entries())
            for (const { say } of [live, offline]) say(transcript(`${i}${text}`, { utterance_id: `${i}` }))
          live.say({ type: 'session.update', mode: 'offline' })
          await live.settled()
          await offline.settled()
          expect(held(live)).toEqual(held(offline))
        }),
        { numRuns: 20 },
      )
    })

    test('switching to offline relabels the whole conversation and names the previous label', async () => {
      const { sent, of, configure, say, settled } = openSession()
      configure()
      for (let i = 0; i < 5; i++) say(transcript(`text ${i}`, { utterance_id: `${i}` }))
      say({ type: 'session.update', mode: 'offline' })
      say(transcript('one more', { utterance_id: '5' }))
      await settled()
      const types = sent.map((message) => message.type)
      const switched = types.lastIndexOf('session.updated')
      expect(types.slice(switched + 1, switched + 6)).toEqual(Array(5).fill('utterance.revised'))
      const given = new Map(of('utterance.label').map((label) => [label.utterance_id, label.label]))
      for (const revised of of('utterance.revised').slice(0, 5)) {
        expect(revised.previous_label).toBe(given.get(revised.utterance_id))
        expect(revised).toMatchObject({ mode: 'offline', final: false, participant: 'ann' })
      }
      expect(of('utterance.label').at(-1)).toMatchObject({ mode: 'offline', final: false })
    })

    test('switching to live revises nothing, and later labels are final', async () => {
      const { of, configure, say, settled } = openSession()
      configure({ mode: 'offline' })
      for (let i = 0; i < 4; i++) say(transcript(`text ${i}`))
      say({ type: 'session.update', mode: 'live' })
      say(transcript('later'))
      await settled()
      expect(of('utterance.label').at(-1)).toMatchObject({ mode: 'live', final: true })
      const last = of('session.updated').at(-1)!.seq
      expect(of('utterance.revised').filter(({ seq }) => seq > last)).toEqual([])
    })
  })
})

/** The label that the client holds of each utterance at the end. */
function held({ sent }: ReturnType<typeof openSession>): Record<string, string> {
  const labels: Record<string, string> = {}
  for (const message of sent)
    if (message.type === 'utterance.label' || message.type === 'utterance.revised')
      labels[message.utterance_id] = message.label
  return labels
}

describe('what is refused', () => {
  const cases: [string, object[], string][] = [
    ['a text before any configuration', [transcript('x')], 'EMO_SESSION_NOT_CONFIGURED'],
    ['a text without consent', [{ ...CONFIGURE, consent: false }, transcript('x')], 'EMO_CONSENT_REQUIRED'],
    [
      'a text after consent is withdrawn',
      [CONFIGURE, { type: 'session.update', consent: false }, transcript('x')],
      'EMO_CONSENT_REQUIRED',
    ],
    ['consent without a purpose', [{ ...CONFIGURE, purpose: undefined }], 'EMO_MESSAGE_INVALID'],
    ['a mode that the model was not trained for', [{ ...CONFIGURE, mode: 'offline' }], 'EMO_MODE_UNSUPPORTED'],
    ['another label set', [{ ...CONFIGURE, label_set: 'meld7' }], 'EMO_LABEL_SET_UNSUPPORTED'],
    ['an unknown participant', [CONFIGURE, transcript('x', { participant: 'eve' })], 'EMO_PARTICIPANT_UNKNOWN'],
    ['an end before the start', [CONFIGURE, transcript('x', { start_ms: 5, end_ms: 4 })], 'EMO_MESSAGE_INVALID'],
    [
      'an utterance.end before the start',
      [
        CONFIGURE,
        transcript('x', { start_ms: 500, final: false }),
        { type: 'utterance.end', participant: 'ann', end_ms: 1 },
      ],
      'EMO_TIME_ORDER',
    ],
    ['an empty text', [CONFIGURE, transcript('  ')], 'EMO_UTTERANCE_EMPTY'],
    [
      'a feature beyond float32',
      [CONFIGURE, transcript('x', { features: { audio: [1e39, 0, 0] } })],
      'EMO_MESSAGE_INVALID',
    ],
    ['features of a wrong size', [CONFIGURE, transcript('x', { features: { audio: [1, 2] } })], 'EMO_FEATURE_SIZE'],
    [
      'features of a modality that the model has not',
      [CONFIGURE, transcript('x', { features: { visual: [1] } })],
      'EMO_MODALITY_UNSUPPORTED',
    ],
    [
      'an utterance id that was used',
      [CONFIGURE, transcript('x', { utterance_id: 'a' }), transcript('y', { utterance_id: 'a' })],
      'EMO_UTTERANCE_DUPLICATE',
    ],
    [
      'another utterance id while one is open',
      [CONFIGURE, transcript('x', { utterance_id: 'a', final: false }), transcript('y', { utterance_id: 'b' })],
      'EMO_MESSAGE_INVALID',
    ],
    [
      'a resume of nothing',
      [{ type: 'session.resume', session_id: 'a', token: 'b', last_seq: 0 }],
      'EMO_SESSION_UNKNOWN',
    ],
    [
      'a resume in a session that has begun',
      [CONFIGURE, { type: 'session.resume', session_id: 'a', token: 'b', last_seq: 0 }],
      'EMO_MESSAGE_INVALID',
    ],
    ['a type that is unknown', [{ type: 'hello' }], 'EMO_MESSAGE_INVALID'],
    ['a type of every object', [{ type: 'constructor' }], 'EMO_MESSAGE_INVALID'],
    [
      'too many participants',
      [{ ...CONFIGURE, participants: Array.from({ length: 65 }, (_, i) => ({ id: `${i}` })) }],
      'EMO_PARTICIPANT_LIMIT',
    ],
  ]
  test.each(cases)('%s', async (name, messages, code) => {
    const { say, sent, codes, ends } = openSession({
      ...(name.startsWith('a mode') && { model: { modes: ['live'] } }),
    })
    messages.forEach((message, i) => {
      say({ ...message, request_id: `r${i}` })
    })
    expect(codes()).toEqual([code])
    expect(sent.find((message) => message.type === 'error')).toMatchObject({
      fatal: false,
      request_id: `r${messages.length - 1}`,
    })
    expect(ends).toEqual([])
  })

  test('nothing for being too much: the client is told, not read until half is answered, and all is labelled', async () => {
    const { say, of, configure, paused, session, codes } = openSession({ limits: { pendingUtterances: 4 } })
    configure()
    for (const text of ['a', 'b', 'c', 'd', 'e']) say(transcript(text, { utterance_id: text }))
    expect([...paused]).toEqual(['pending'])
    expect(of('rate_limited')).toMatchObject([{ reason: 'pending' }])
    await expect.poll(() => paused.size).toBe(0)
    await session.close('client')
    expect(codes()).toEqual([])
    expect(of('utterance.label').map((label) => label.utterance_id)).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  test('everything after session.close but a ping', () => {
    const { say, codes, sent, configure } = openSession()
    configure()
    say(transcript('still to be labelled'))
    say({ type: 'session.close' })
    say(CONFIGURE)
    say({ type: 'ping', request_id: 'p' })
    expect(codes()).toEqual(['EMO_SESSION_CLOSED'])
    expect(sent.at(-1)).toMatchObject({ type: 'pong', request_id: 'p' })
  })

  test('never quotes what came', async () => {
    const secret = 'unrepeatable'
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('type', 'text', 'participant', 'mode', 'final', 'start_ms', 'label_set', 'consent'),
        fc.boolean(),
        async (field, json) => {
          const { connection, sent, say, configure } = openSession()
          configure()
          if (json) say({ ...transcript('x'), [field]: field === 'text' ? [secret] : secret })
          else connection.receive(`{"type":"transcript","text":"${secret}`)
          const errors = sent.filter((message) => message.type === 'error')
          expect(JSON.stringify(errors)).not.toContain(secret)
        },
      ),
      { numRuns: 30 },
    )
  })
})

describe('a fault of the server', () => {
  test('ends the session with EMO_INTERNAL, the cause kept from the client', async () => {
    const { sent, faults, ends, configure, say, session } = openSession({
      model: { textEncoder: { name: 'broken', size: 8, encode: () => Promise.reject(new Error('the inner cause')) } },
    })
    configure()
    say(transcript('x', { request_id: 'x' }))
    say(transcript('y'))
    await session.close('client')
    expect(sent.at(-1)).toMatchObject({ type: 'error', code: 'EMO_INTERNAL', fatal: true, request_id: 'x' })
    expect(JSON.stringify(sent)).not.toContain('inner cause')
    expect(faults.map(String)).toEqual(['Error: the inner cause'])
    expect(ends).toEqual(['EMO_INTERNAL'])
  })

  test('a client that goes away leaves nothing behind', async () => {
    let disposed = 0
    const { sent, configure, say, session } = openSession({
      model: {
        createLabeller: (mode) => ({
          ...createFakeLabeller(mode, 6),
          dispose: () => {
            disposed++
          },
        }),
      },
    })
    configure()
    say(transcript('x'))
    await new Promise((resolve) => setTimeout(resolve, 10))
    say(transcript('y'))
    const before = sent.length
    session.abandon()
    session.abandon()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(sent).toHaveLength(before)
    expect(disposed).toBe(1)
  })
})

test('garbage never ends a session, and what is valid after it is served', async () => {
  const garbage = fc.oneof(
    fc.string(),
    fc.json(),
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc
      .record({ type: fc.constantFrom('transcript', 'session.update', 'utterance.end', 'ping', '__proto__', 'x') })
      .chain((message) => fc.dictionary(fc.string(), fc.jsonValue()).map((more) => ({ ...more, ...message })))
      .map((value) => JSON.stringify(value)),
    fc
      .record(
        {
          participant: fc.jsonValue(),
          text: fc.jsonValue(),
          start_ms: fc.jsonValue(),
          end_ms: fc.jsonValue(),
          features: fc.jsonValue(),
        },
        { requiredKeys: [] },
      )
      .map((fields) => JSON.stringify({ ...transcript('x'), ...fields })),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(garbage, { maxLength: 10 }), async (messages) => {
      const { connection, session, ends, faults, of, say } = openSession()
      for (const message of messages) connection.receive(message)
      expect(ends).toEqual([])
      say(CONFIGURE)
      say(transcript('after', { utterance_id: 'valid' }))
      await session.close('client')
      expect(of('utterance.label').at(-1)).toMatchObject({ utterance_id: 'valid' })
      expect(faults).toEqual([])
      expect(ends).toEqual([undefined])
    }),
    { numRuns: 300 },
  )
})

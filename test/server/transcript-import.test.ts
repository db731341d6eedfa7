import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TranscriptImport } from '../../src/server/protocol/client-messages.ts'
import { createTranscriptImports } from '../../src/server/transcript-import.ts'
import { expectError } from '../support/errors.ts'
import { meetingVtt, messages } from '../transcripts/fixtures.ts'
import { CONFIGURE, openSession } from './session-harness.ts'

const imported = (format: string, payload: unknown, more: object = {}) => ({
  type: 'transcript.import',
  format,
  payload,
  ...more,
})

const labelled = (session: ReturnType<typeof openSession>) =>
  session.of('utterance.label').map(({ participant, start_ms, end_ms, text }) => [participant, start_ms, end_ms, text])

const participants = (session: ReturnType<typeof openSession>) => session.of('session.updated').at(-1)?.participants

describe('transcript.import', () => {
  test.each([
    [
      'deepgram',
      messages('deepgram.json'),
      [
        ['speaker-0', 480, 2880, 'The van came at nine, not at eight.'],
        ['speaker-1', 4500, 5300, 'Was it raining?'],
        ['speaker-0', 5500, 6300, 'Yes, all day'],
        ['speaker-1', 7600, 7900, 'Good'],
      ],
    ],
    [
      'assemblyai',
      messages('assemblyai.json'),
      [
        ['A', 960, 2160, 'the boxes are in the hall'],
        ['B', 3000, 3600, 'All of them?'],
        ['A', 3900, 4200, 'Yes.'],
        ['B', 5000, 5300, 'good'],
      ],
    ],
    [
      'zoom_rtms',
      messages('zoom-rtms.json'),
      [
        ['16778240', 1200, 3100, 'Can we move the meeting?'],
        ['16779264', 3400, 5000, 'Again? Fine.'],
        ['16778240', 7200, 8000, 'Thank you!'],
      ],
    ],
    [
      'webvtt',
      [meetingVtt()],
      [
        ['Ana Lima', 500, 2000, 'Can we start?'],
        ['Ben Ode', 2100, 4000, 'Not yet.'],
        ['Ana Lima', 2100, 4000, 'Why not?'],
        ['Ana Lima', 4500, 6000, 'We have the room & the time.'],
      ],
    ],
  ])('labels what %s says, its speakers become participants in the order in which they speak', async (...row) => {
    const [format, payloads, expected] = row
    const session = openSession()
    session.configure({ participants: [] })
    for (const payload of payloads) session.say(imported(format, payload))
    await session.settled()
    expect(session.codes()).toEqual([])
    expect(labelled(session)).toEqual(expected)
    expect(participants(session)?.map(({ id }) => id)).toEqual([...new Set(expected.map(([speaker]) => speaker))])
    expect(session.of('utterance.start')).toHaveLength(expected.length)
    // A newcomer is announced before the first label.
    for (const { participant, seq } of session.of('utterance.label'))
      expect(
        session.of('session.updated').some((m) => m.seq < seq && m.participants.some(({ id }) => id === participant)),
      ).toBe(true)
  })

  test('a speaker is the participant of that id or name; who is not named is the participant of the message', async () => {
    const session = openSession()
    session.configure({ participants: [{ id: 'p1', name: 'Ana Lima' }, { id: 'Ben Ode' }] })
    session.say(imported('webvtt', meetingVtt()))
    const unnamed = 'WEBVTT\n\n00:07.000 --> 00:08.000\nWell.'
    session.say(imported('webvtt', unnamed, { participant: 'p1', offset_ms: 1_000 }))
    session.say(imported('assemblyai', messages('assemblyai-v2.json')[3], { offset_ms: -100_000 }))
    await session.settled()
    expect(labelled(session).map(([participant, start]) => [participant, start])).toEqual([
      ['p1', 500],
      ['Ben Ode', 2100],
      ['p1', 2100],
      ['p1', 4500],
      ['p1', 8000],
      ['unknown', 0],
    ])
    expect(participants(session)?.map(({ id }) => id)).toEqual(['p1', 'Ben Ode', 'unknown'])
  })

  test('Zoom gives names beside ids; each participant may have a recogniser of his own', async () => {
    const session = openSession()
    session.configure()
    for (const payload of messages('zoom-rtms.json')) session.say(imported('zoom_rtms', payload))
    const results = (words: string, over: boolean) => ({
      type: 'Results',
      start: 1,
      duration: 0.5,
      is_final: true,
      speech_final: over,
      channel: { alternatives: [{ transcript: words }] },
    })
    session.say(imported('deepgram', results('one', false), { participant: 'ann' }))
    session.say(imported('deepgram', results('two', false), { participant: 'bob' }))
    session.say(imported('deepgram', results('three', true), { participant: 'ann' }))
    session.say(imported('deepgram', results('', true), { participant: 'bob' }))
    await session.settled()
    expect(participants(session)?.slice(2)).toEqual([
      { id: '16778240', name: 'Ana Lima' },
      { id: '16779264', name: 'Ben Ode' },
    ])
    expect(labelled(session).slice(3)).toEqual([
      ['ann', 1000, 1500, 'one three'],
      ['bob', 1000, 1500, 'two'],
    ])
  })

  test('is taken only with consent, and then nothing from before it is told', async () => {
    const session = openSession()
    const [, interim, first, , last] = messages('deepgram.json')
    session.say(imported('deepgram', first))
    session.configure({ consent: false })
    session.say(imported('deepgram', first))
    session.say(CONFIGURE)
    session.say(imported('deepgram', interim))
    session.say(imported('deepgram', last))
    await session.settled()
    expect(session.codes()).toEqual(['EMO_SESSION_NOT_CONFIGURED', 'EMO_CONSENT_REQUIRED'])
    expect(labelled(session).map(([, , , text]) => text)).toEqual(['not at eight.'])
  })

  test('what is refused changes nothing: too many speakers, an unknown participant, a broken payload', async () => {
    const session = openSession({ limits: { participants: 3 } })
    session.configure()
    session.say(imported('webvtt', meetingVtt(), { request_id: 'a' }))
    session.say(imported('webvtt', meetingVtt(), { request_id: 'b', participant: 'eve' }))
    session.say(imported('webvtt', 'secret words', { request_id: 'c' }))
    session.say(imported('deepgram', { type: 'Results', channel: { alternatives: 'secret' } }, { request_id: 'd' }))
    session.say(imported('whisper', {}, { request_id: 'e' }))
    await session.settled()
    const errors = session.of('error')
    expect(errors.map(({ code, request_id }) => [request_id, code])).toEqual([
      ['a', 'EMO_PARTICIPANT_LIMIT'],
      ['b', 'EMO_PARTICIPANT_UNKNOWN'],
      ['c', 'EMO_MESSAGE_INVALID'],
      ['d', 'EMO_MESSAGE_INVALID'],
      ['e', 'EMO_MESSAGE_INVALID'],
    ])
    for (const { message } of errors) expect(message).not.toContain('secret')
    expect(errors[2]?.message).toContain('payload.timing')
    expect(errors[3]?.message).toContain('payload.')
    expect(participants(session)?.map(({ id }) => id)).toEqual(['ann', 'bob'])
    expect(session.of('utterance.start')).toEqual([])
  })

  test('a request that is sent twice is taken once', async () => {
    const session = openSession()
    session.configure()
    for (const _ of [1, 2]) session.say(imported('webvtt', meetingVtt(), { request_id: 'same' }))
    await session.settled()
    expect(session.of('utterance.label')).toHaveLength(4)
  })
})

describe('createTranscriptImports', () => {
  const message = (payload: string, more: Partial<TranscriptImport> = {}): TranscriptImport => ({
    type: 'transcript.import',
    format: 'webvtt',
    offset_ms: 0,
    payload,
    ...more,
  })

  test('adds each newcomer once, whatever their names; times stay in order under any offset', () => {
    const cue = fc.record({ name: fc.stringMatching(/^[a-c]{1,2}$/), from: fc.nat(50), length: fc.nat(9) })
    const pad = (seconds: number) => `00:${String(seconds).padStart(2, '0')}.000`
    fc.assert(
      fc.property(
        fc.array(cue, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: -60_000, max: 60_000 }),
        (cues, offset) => {
          const payload = cues
            .map((c) => `${pad(c.from)} --> ${pad(c.from + c.length)}\n<v ${c.name}>Yes.`)
            .join('\n\n')
          const present = [{ id: 'a' }, { id: 'x', name: 'b' }]
          const { newcomers, transcripts } = createTranscriptImports().take(
            message(payload, { offset_ms: offset }),
            present,
          )
          const expected = cues.map(({ name }) => (name === 'b' ? 'x' : name))
          expect(transcripts.map(({ participant }) => participant)).toEqual(expected)
          expect(newcomers.map(({ id }) => id)).toEqual([...new Set(expected)].filter((id) => id !== 'a' && id !== 'x'))
          for (const [i, { start_ms, end_ms }] of transcripts.entries()) {
            expect(start_ms).toBe(Math.max(0, cues[i]!.from * 1000 + offset))
            expect(end_ms).toBeGreaterThanOrEqual(start_ms)
          }
        },
      ),
    )
  })

  test('cuts long names, and refuses texts and files that are too long', async () => {
    const cues = (count: number, name: string, text: string) =>
      Array.from({ length: count }, () => `00:01.000 --> 00:02.000\n<v ${name}>${text}`).join('\n\n')
    const { newcomers } = createTranscriptImports().take(message(cues(2, 'n'.repeat(500), 'Yes.')), [])
    expect(newcomers).toEqual([{ id: 'n'.repeat(128) }])
    const take = (payload: string) => () => createTranscriptImports().take(message(payload), [])
    await expectError(take(cues(1, 'a', 'x'.repeat(9_000))), 'EMO_MESSAGE_INVALID', 'payload.text')
    await expectError(take(cues(501, 'a', 'Yes.')), 'EMO_MESSAGE_TOO_LARGE', 'payload', '500')
  })
})

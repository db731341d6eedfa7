import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isEmographError } from '../../../src/errors.ts'
import { CLIENT_MESSAGE_TYPES, clientMessageSchema } from '../../../src/server/protocol/client-messages.ts'
import { namesIn, parseClientMessage } from '../../../src/server/protocol/parse.ts'
import { type ServerMessage, serverMessageSchema } from '../../../src/server/protocol/server-messages.ts'

const id = fc.string({ minLength: 1, maxLength: 128 })
const times = fc.tuple(fc.nat(), fc.nat()).map(([start, length]) => ({ start_ms: start, end_ms: start + length }))
const float = fc.float({ noNaN: true, noDefaultInfinity: true })
const vector = fc.array(fc.option(float), { minLength: 1, maxLength: 9 })
const transcripts = fc
  .tuple(
    times,
    fc.record(
      {
        type: fc.constant('transcript' as const),
        participant: id,
        text: fc.string({ maxLength: 200 }),
        final: fc.boolean(),
        request_id: id,
        utterance_id: id,
        features: fc.record({ text: vector, audio: vector, visual: vector }, { requiredKeys: [] }),
      },
      { requiredKeys: ['type', 'participant'] },
    ),
  )
  .map(([time, message]) => ({ ...message, ...time }))

describe('parseClientMessage', () => {
  test('takes every transcript that the schema describes, and ignores fields that it does not know', () => {
    fc.assert(
      fc.property(transcripts, fc.jsonValue(), (message, more) => {
        const wire = JSON.parse(JSON.stringify(message)) as object
        const parsed = parseClientMessage(JSON.stringify({ ...wire, from_a_newer_client: more }))
        expect(parsed).toEqual({ text: '', final: true, ...wire })
      }),
    )
  })

  test('whatever comes: a message, or EMO_MESSAGE_INVALID', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      transcripts.map((message) => JSON.stringify(message).slice(1)),
    )
    fc.assert(
      fc.property(anything, (raw) => {
        expect(namesIn(raw)).toBeTypeOf('object')
        try {
          expect(CLIENT_MESSAGE_TYPES).toContain(parseClientMessage(raw).type)
        } catch (error) {
          expect(isEmographError(error, 'EMO_MESSAGE_INVALID')).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    [{ participant: 1 }, 'participant'],
    [{ start_ms: 0.5 }, 'start_ms'],
    [{ start_ms: -1 }, 'start_ms'],
    [{ end_ms: undefined }, 'end_ms'],
    [{ text: 'x'.repeat(9_000) }, 'text'],
    [{ features: { audio: ['1'] } }, 'features.audio.0'],
    [{ features: { audio: [] } }, 'features.audio'],
  ])('names the field of %j', (change, field) => {
    const message = { type: 'transcript', participant: 'ann', text: 'x', start_ms: 0, end_ms: 1, ...change }
    expect(() => parseClientMessage(JSON.stringify(message))).toThrow(`EMO_MESSAGE_INVALID at field ${field}`)
  })

  test('says what was expected, the kind of what came, and what to do, never what came', () => {
    const refusal = (change: object): string => {
      const message = { type: 'transcript', participant: 'ann', text: 'x', start_ms: 0, end_ms: 1, ...change }
      try {
        parseClientMessage(JSON.stringify(message))
        return ''
      } catch (error) {
        return (error as Error).message
      }
    }
    const place = 'EMO_MESSAGE_INVALID at field'
    expect(refusal({ text: 51 })).toMatch(`${place} text: expected string, got a number. Send one JSON object`)
    expect(refusal({ start_ms: 'soon' })).toMatch(`${place} start_ms: expected number, got a string. Send one`)
    expect(refusal({ start_ms: -51 })).toMatch(`${place} start_ms: expected number to be >=0. Send one`)
    const resume = { type: 'session.resume', session_id: 'a', token: 't' }
    expect(refusal({ ...resume, last_seq: 'a' })).toMatch(`${place} last_seq: expected number, got a string. Send`)
    expect(refusal({ ...resume, last_seq: -1 })).toMatch(`${place} last_seq: expected number to be >=0. Send`)
    expect(refusal({ ...resume, last_seq: 0.5 })).toMatch(
      `${place} last_seq: expected a whole number, got a number. Send`,
    )
    expect(refusal({ type: 'transcript.import', format: 'webvtt' })).toMatch(/payload: expected a value, got nothing/)
    expect(refusal({ start_ms: 9, end_ms: 5 })).toBe(`${place} end_ms. The utterance ends before it starts.`)
  })

  test('the list of types is the union of the schema', () => {
    expect(clientMessageSchema.options.map((option) => option.shape.type.value)).toEqual(CLIENT_MESSAGE_TYPES)
  })
})

/** Refusals, and what is only of the moment, carry the number of the message before them. */
function isKept(message: ServerMessage): boolean {
  switch (message.type) {
    case 'utterance.label':
      return !message.interim
    case 'error':
      return message.utterance_id !== undefined
    case 'pong':
    case 'quality':
    case 'rate_limited':
    case 'media.dropped':
    case 'session.resumed':
      return false
    default:
      return true
  }
}

test('every message of the exchange in docs/protocol.md is of the protocol', () => {
  const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8')
  const lines = [...page.matchAll(/^([→←]) (\{.*\})$/gm)]
  expect(lines.length).toBeGreaterThan(10)
  let seq = 0
  for (const [, direction, json] of lines) {
    if (direction === '→') {
      const message = parseClientMessage(json!)
      if (message.type === 'session.resume') seq = message.last_seq
    } else {
      const message = serverMessageSchema.parse(JSON.parse(json!))
      if (isKept(message)) seq++
      expect(message.seq).toBe(seq)
    }
  }
})

test('every type of message has its line in docs/protocol.md', () => {
  const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8')
  const types = [...clientMessageSchema.options, ...serverMessageSchema.options].map(
    (option) => option.shape.type.value,
  )
  for (const type of types) expect(page).toContain(`| \`${type}\` |`)
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isEmographError } from '../../src/errors.ts'
import { FIXTURES } from './fixtures.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Every place in a value: the keys that lead there. */
function places(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path]
  return [path, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key]))]
}

function changed(value: unknown, [key, ...rest]: readonly string[], put: Json | undefined): unknown {
  if (key === undefined) return put
  const copy: Record<string, unknown> = Array.isArray(value) ? ([...value] as never) : { ...(value as object) }
  copy[key] = changed(copy[key], rest, put)
  return copy
}

describe.each(FIXTURES)('the adapter of %s', (name, create, messages) => {
  test('gives whole ms in order and words, whatever comes of its messages in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...messages), { maxLength: 30 }), (list) => {
        const adapter = create()
        for (const transcript of list.flatMap((message) => adapter.take(message))) {
          expect(Number.isInteger(transcript.startMs) && transcript.startMs >= 0).toBe(true)
          expect(Number.isInteger(transcript.endMs) && transcript.endMs >= transcript.startMs).toBe(true)
          expect(transcript.text).toMatch(/^\S(.*\S)?$/s)
        }
      }),
      { numRuns: 50 },
    )
  })

  test('takes a message with anything anywhere in it, or refuses it by a code without its words', () => {
    const secret = 'SECRET WORDS'
    const anything = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom(secret, undefined, -1, 1e300, '', [], {}))
    const change = fc
      .constantFrom(...messages)
      .chain((message) => fc.tuple(fc.constant(message), fc.constantFrom(...places(message)), anything))
    fc.assert(
      fc.property(change, ([message, place, put]) => {
        const adapter = create()
        try {
          adapter.take(changed(message, place, put as Json | undefined))
        } catch (error) {
          if (!isEmographError(error, 'EMO_MESSAGE_INVALID')) throw error
          expect(error.detail.field).toMatch(/^payload/)
          expect(error.message).not.toContain(secret)
        }
        // What was refused has left nothing behind.
        for (const transcript of messages.flatMap((sound) => adapter.take(sound)))
          expect(transcript.endMs).toBeGreaterThanOrEqual(transcript.startMs)
      }),
      { numRuns: 300 },
    )
  })

  test.skipIf(name === 'webvtt')('says nothing of kinds that it does not know', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), fc.integer({ min: 100 }), (content, kind, number) => {
        fc.pre(!['Results', 'UtteranceEnd', 'Metadata', 'Turn', 'Termination'].includes(kind))
        expect(create().take({ type: kind, msg_type: number, content, channel: content })).toEqual([])
      }),
    )
  })
})

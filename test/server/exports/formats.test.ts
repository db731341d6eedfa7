import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { create } from 'xmlbuilder2'
import { readWebVtt } from '../../../src/datasets/webvtt.ts'
import { conversationToCsv } from '../../../src/server/exports/csv.ts'
import { conversationToEmotionMl } from '../../../src/server/exports/emotionml.ts'
import { EXPORT_FORMATS, EXPORTS } from '../../../src/server/exports/formats.ts'
import { conversationToJsonl } from '../../../src/server/exports/json.ts'
import { conversationToRttm } from '../../../src/server/exports/rttm.ts'
import { byTime, participantNames } from '../../../src/server/exports/titles.ts'
import { conversationToWebVtt, timestamp } from '../../../src/server/exports/webvtt.ts'
import { anyConversation } from './conversation.ts'

const joined = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

test('WebVTT is read back by our reader: who said what, when', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'emograph-vtt-'))
  try {
    await fc.assert(
      fc.asyncProperty(anyConversation(), async (conversation) => {
        const path = join(folder, 'export.vtt')
        // A file of UTF-8 has no place for half a surrogate pair, nor for NUL; the reader of lines joins other breaks.
        await writeFile(path, conversationToWebVtt(conversation))
        const nameOf = participantNames(conversation)
        const expected = byTime(conversation)
          .filter(({ text }) => text.trim() !== '')
          .map(({ participant, startMs, endMs, text }) => ({
            speaker: nameOf(participant),
            startMs,
            endMs: Math.max(endMs, startMs + 1),
            text: joined(Buffer.from(text).toString().replaceAll('\0', '\uFFFD')),
          }))
        const { utterances } = await readWebVtt(path)
        expect(utterances.map(({ speaker, startMs, endMs, text }) => ({ speaker, startMs, endMs, text }))).toEqual(
          expected,
        )
      }),
      { numRuns: 60 },
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('timestamps count hours as far as they go', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000_000), (ms) => {
      const [, hours, minutes, seconds, rest] = /^(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})$/
        .exec(timestamp(ms))!
        .map(Number)
      expect(((hours! * 60 + minutes!) * 60 + seconds!) * 1000 + rest!).toBe(ms)
    }),
  )
})

test('CSV is read back by another reader; no cell begins as a formula does', () => {
  fc.assert(
    fc.property(anyConversation(), (conversation) => {
      const rows: Record<string, string>[] = parse(conversationToCsv(conversation), { columns: true })
      expect(rows.length).toBe(conversation.utterances.length)
      rows.forEach((row, i) => {
        const utterance = conversation.utterances[i]!
        expect([utterance.text, `'${utterance.text}`]).toContain(row.text)
        expect(row.text).not.toMatch(/^[=+\-@\t\r]/)
        expect(Number(row.start_ms)).toBe(utterance.startMs)
        expect(row.label).toBe(utterance.label)
        for (const { name, probability } of utterance.probabilities) expect(Number(row[`p_${name}`])).toBe(probability)
      })
    }),
  )
})

test('EmotionML is well-formed whatever was said, and has every category once', () => {
  fc.assert(
    fc.property(anyConversation(), (conversation) => {
      const root = create(conversationToEmotionMl(conversation)).root()
      const emotions = [...(root.node as unknown as Element).getElementsByTagName('emotion')]
      expect(emotions.length).toBe(conversation.utterances.length)
      emotions.forEach((emotion, i) => {
        const { startMs, endMs, probabilities, text } = conversation.utterances[i]!
        expect(emotion.getAttribute('offset-to-start')).toBe(String(startMs))
        expect(emotion.getAttribute('duration')).toBe(String(endMs - startMs))
        const categories = [...emotion.getElementsByTagName('category')]
        expect(categories.map((category) => category.getAttribute('name'))).toEqual(
          probabilities.map(({ name }) => name),
        )
        if (/^[\w ]+$/.test(text)) expect(emotion.textContent).toContain(text.trim())
      })
    }),
    { numRuns: 60 },
  )
})

test('RTTM has ten fields a line, in the order of time', () => {
  fc.assert(
    fc.property(anyConversation(), (conversation) => {
      const lines = conversationToRttm(conversation).split('\n').slice(0, -1)
      expect(lines.length).toBe(conversation.utterances.length)
      const starts = lines.map((line) => {
        const fields = line.split(' ')
        expect(fields.length).toBe(10)
        return Number(fields[3])
      })
      expect(starts).toEqual(starts.toSorted((a, b) => a - b))
    }),
  )
})

test('JSONL has all that is known of an utterance, one a line', () => {
  fc.assert(
    fc.property(anyConversation(), (conversation) => {
      const lines = conversationToJsonl(conversation).split('\n').slice(0, -1)
      const read: unknown[] = lines.map((line) => JSON.parse(line))
      expect(read).toEqual(
        conversation.utterances.map(({ utteranceId, text, label, probabilities }) =>
          expect.objectContaining({ utterance_id: utteranceId, text, label, probabilities }),
        ),
      )
    }),
  )
})

test('an empty conversation can be exported in every format', () => {
  const [empty] = fc.sample(anyConversation(), 1)
  for (const format of EXPORT_FORMATS) expect(EXPORTS[format].write({ ...empty!, utterances: [] })).toBeTypeOf('string')
})

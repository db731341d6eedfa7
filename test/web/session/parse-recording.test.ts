import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseRecording, readRecording } from '../../../web/src/session/parse-recording.ts'

const example = (name: string): string => readFileSync(new URL(`../../../examples/${name}`, import.meta.url), 'utf8')

test('the bundled conversation is the same as WebVTT and as JSONL', () => {
  const spoken = (name: string) =>
    parseRecording(name, example(name)).flatMap(({ utterances }) =>
      utterances.map(({ speaker, text, startMs, endMs }) => ({ speaker, text, startMs, endMs })),
    )
  expect(spoken('moving-house.vtt')).toEqual(spoken('moving-house.jsonl'))
  expect(spoken('moving-house.vtt')).toHaveLength(39)
})

test.each([
  ['neither', 'Mira: hello', 'EMO_FILE_FORMAT'],
  ['nothing', '', 'EMO_FILE_FORMAT'],
  ['a WebVTT header alone', 'WEBVTT\n', 'EMO_FILE_FORMAT'],
  ['a time that is none', 'WEBVTT\n\n00:01 --> hello\nhello', 'EMO_FILE_FORMAT'],
  ['no words', '{"id": "a", "utterances": [{"id": "1", "speaker": "a", "startMs": 0, "endMs": 2}]}', 'EMO_FILE_FORMAT'],
  [
    'a field that is wrong',
    '{"id": "a", "utterances": [{"id": "1", "speaker": "a", "startMs": -1, "endMs": 2}]}',
    'EMO_CONVERSATION_INVALID',
  ],
  [
    'an end before its start',
    '{"id": "a", "utterances": [{"id": "1", "speaker": "a", "startMs": 3, "endMs": 2}]}',
    'EMO_TIME_ORDER',
  ],
])('%s is a coded error without the words', (_, content, code) => {
  expect(() => parseRecording('file', content)).toThrow(expect.objectContaining({ code }))
  try {
    parseRecording('file', content)
  } catch (error) {
    expect(String(error)).not.toContain('hello')
  }
})

test('a file that is far too large is not read', async () => {
  const file = new File([], 'large.jsonl')
  Object.defineProperty(file, 'size', { value: 700e6 })
  await expect(readRecording(file)).rejects.toThrow(
    /^EMO_FILE_FORMAT at large\.jsonl: expected at most \d+ bytes, got 7/,
  )
})

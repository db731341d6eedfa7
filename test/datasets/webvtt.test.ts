import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readWebVtt, type WebVttOptions } from '../../src/datasets/webvtt.ts'
import { expectError } from '../support/errors.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emograph-vtt-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function read(text: string, options: WebVttOptions = {}) {
  const path = join(folder, 'talk.vtt')
  await writeFile(path, text)
  return readWebVtt(path, options)
}

const time = (ms: number, hours: boolean) => {
  const pad = (value: number, width = 2) => String(Math.floor(value)).padStart(width, '0')
  const rest = `${pad((ms / 60_000) % 60)}:${pad((ms / 1000) % 60)}.${pad(ms % 1000, 3)}`
  return hours || ms >= 3_600_000 ? `${pad(ms / 3_600_000)}:${rest}` : rest
}
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

describe('WebVTT', () => {
  it('gives back any cues, with times of both forms', async () => {
    const words = fc.stringMatching(/^[a-zA-Z<>&!?'" ]{1,20}$/).map((s) => s.trim().replaceAll(/\s+/g, ' '))
    const cue = fc.record({
      speaker: words.filter((s) => s !== ''),
      text: words.filter((s) => s !== ''),
      startMs: fc.nat(1e7),
      length: fc.nat(1e5),
      hours: fc.boolean(),
      newline: fc.constantFrom('\n', '\r\n'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(cue, { maxLength: 6 }), async (cues) => {
        const file = cues.map(
          (c) =>
            `${time(c.startMs, c.hours)} --> ${time(c.startMs + c.length, c.hours)}${c.newline}<v ${escaped(c.speaker)}>${escaped(c.text)}</v>${c.newline}`,
        )
        const { id, utterances } = await read(['WEBVTT\n', ...file].join('\n'))
        expect(id).toBe('talk')
        expect(utterances).toEqual(
          cues.map((c, i) => ({
            id: String(i + 1),
            speaker: c.speaker,
            startMs: c.startMs,
            endMs: c.startMs + c.length,
            text: c.text,
            label: null,
            features: {},
          })),
        )
      }),
      { numRuns: 60 },
    )
  })

  it('knows headers, notes, styles, regions, identifiers, settings, tags, references and several voices', async () => {
    const { utterances } = await read(`\uFEFFWEBVTT - A talk
Kind: captions

NOTE
made for this test

STYLE
::cue(v[voice="Ana"]) { color: red }

REGION
id:left

intro
00:01.000 --> 00:02.500 align:start position:10%
<v.loud.first Ana Maria>We <b>finally</b> got
<00:01.500>the <c.key>keys</c> &amp; the car&#33;&#x21;

intro
00:00:03.000 --> 00:00:04.000
No voice, &quot;same&quot; speaker&nbsp;&unknown;

00:05.000 --> 00:06.000
<v Ben>Yes.</v> <v Ana Maria>No.

00:07.000 --> 00:08.000
<v Ben></v>`)
    expect(utterances.map((u) => [u.id, u.speaker, u.startMs, u.text])).toEqual([
      ['intro', 'Ana Maria', 1000, 'We finally got the keys & the car!!'],
      ['intro-2', 'Ana Maria', 3000, 'No voice, "same" speaker &unknown;'],
      ['3', 'Ben', 5000, 'Yes.'],
      ['4', 'Ana Maria', 5000, 'No.'],
    ])
  })

  it('says unknown, or what it is told, where nobody is named', async () => {
    const text = 'WEBVTT\n\n00:01.000 --> 00:01.000\nHello.'
    expect((await read(text)).utterances[0]?.speaker).toBe('unknown')
    expect((await read(text, { speaker: 'Ana' })).utterances[0]?.speaker).toBe('Ana')
  })

  it.each([
    ['ends before it starts', 'WEBVTT\n\n1\n00:02.000 --> 00:01.000\nx', 'EMO_TIME_ORDER', 'line 4'],
    ['has minutes beyond 59', 'WEBVTT\n\n61:02.000 --> 62:01.000\nx', 'EMO_FILE_FORMAT', 'line 3'],
    ['has a block without times', 'WEBVTT\n\n00:01.000 --> 00:02.000\nx\n\nlost words', 'EMO_FILE_FORMAT', 'line 6'],
    ['is another file', '1\n00:01,000 --> 00:02,000\nx', 'EMO_FILE_FORMAT', 'line 1'],
    ['is empty', '', 'EMO_FILE_FORMAT', 'line 1'],
  ] as const)('that %s is refused by line', async (_, text, code, line) => {
    await expectError(() => read(text), code, 'talk.vtt', line)
  })
})

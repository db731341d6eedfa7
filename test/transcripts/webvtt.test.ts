import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readWebVtt } from '../../src/datasets/webvtt.ts'
import { createWebVttAdapter } from '../../src/transcripts/webvtt.ts'
import { expectError } from '../support/errors.ts'
import { line, meetingVtt } from './fixtures.ts'

describe('WebVTT', () => {
  test('says what the reader of files says, at once and cue by cue', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'emograph-vtt-'))
    await writeFile(join(folder, 'meeting.vtt'), meetingVtt())
    const { utterances } = await readWebVtt(join(folder, 'meeting.vtt'))
    await rm(folder, { recursive: true })
    const expected = utterances.map((u) => `${u.speaker} ${u.startMs}-${u.endMs} ${u.text}`)
    expect(expected).toHaveLength(4)

    expect(createWebVttAdapter().take(meetingVtt()).map(line)).toEqual(expected)
    const adapter = createWebVttAdapter()
    const blocks = meetingVtt().split('\n\n')
    expect(blocks.flatMap((block) => adapter.take(block)).map(line)).toEqual(expected)
    expect(createWebVttAdapter().take(meetingVtt().replaceAll('\n', '\r\n')).map(line)).toEqual(expected)
  })

  test('what is no cue, or ends before it starts, is refused by line, and nothing of the payload is taken', async () => {
    const adapter = createWebVttAdapter()
    const first = '00:01.000 --> 00:02.000\n<v Ana>secret words\n\n'
    await expectError(() => adapter.take(`${first}more words`), 'EMO_MESSAGE_INVALID', 'payload.timing', 'line 4')
    await expectError(() => adapter.take(`${first}00:03.000 --> 00:02.000\nx`), 'EMO_MESSAGE_INVALID', 'line 4')
    // Not even its speaker.
    expect(adapter.take('00:01.000 --> 00:02.000\nwords').map(line)).toEqual(['- 1000-2000 words'])
  })
})

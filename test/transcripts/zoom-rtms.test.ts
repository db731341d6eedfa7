import { describe, expect, test } from 'vitest'
import { createZoomRtmsAdapter } from '../../src/transcripts/zoom-rtms.ts'
import { line, messages } from './fixtures.ts'

describe('Zoom RTMS', () => {
  test('each transcript is an utterance, in ms from the first timestamp of the signaling connection', () => {
    const adapter = createZoomRtmsAdapter()
    const said = messages('zoom-rtms.json').flatMap((message) => adapter.take(message))
    expect(said.map(line)).toEqual([
      '16778240 1200-3100 Can we move the meeting?',
      '16779264 3400-5000 Again? Fine.',
      // Without a start: two words before its timestamp, which is in µs.
      '16778240 7200-8000 Thank you!',
    ])
    expect(said.map(({ speakerName }) => speakerName)).toEqual(['Ana Lima', 'Ben Ode', 'Ana Lima'])
  })

  test('without a first timestamp the conversation begins with its first transcript; nothing is before it', () => {
    const adapter = createZoomRtmsAdapter()
    const transcript = (start: number) => ({
      msg_type: 17,
      content: { user_id: 'u1', start_time: start, end_time: start + 500, timestamp: start + 900, data: 'Yes.' },
    })
    const said = [5_000_000, 5_002_000, 4_999_000].flatMap((start) => adapter.take(transcript(start)))
    expect(said.map(line)).toEqual(['u1 0-500 Yes.', 'u1 2000-2500 Yes.', 'u1 0-0 Yes.'])
  })

  test('of Contact Center the channel is the speaker', () => {
    const content = { channel_id: 'sip-1', timestamp: 9_000_000, data: 'Hello.' }
    expect(createZoomRtmsAdapter().take({ msg_type: 17, content }).map(line)).toEqual(['sip-1 0-400 Hello.'])
  })
})

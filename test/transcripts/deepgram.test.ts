import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDeepgramAdapter } from '../../src/transcripts/deepgram.ts'
import { line, messages } from './fixtures.ts'

describe('Deepgram', () => {
  test('joins the final results of an utterance until it is over', () => {
    const adapter = createDeepgramAdapter()
    expect(messages('deepgram.json').map((message) => adapter.take(message).map(line))).toEqual([
      [],
      ['~speaker-0 480-960 the van'],
      ['~speaker-0 480-1840 The van came at nine,'],
      ['~speaker-0 480-2880 The van came at nine, not at eight'],
      ['speaker-0 480-2880 The van came at nine, not at eight.'],
      [],
      [],
      ['speaker-1 4500-5300 Was it raining?', '~speaker-0 5500-6300 Yes, all day'],
      ['speaker-0 5500-6300 Yes, all day'],
      ['~speaker-1 7600-7900 Good'],
      ['speaker-1 7600-7900 Good'],
    ])
  })

  interface Word {
    readonly speaker: number | undefined
    readonly gap: number
    readonly cut: boolean
    readonly over: boolean
    readonly heard: boolean
  }
  const word = fc.record<Word>({
    speaker: fc.constantFrom(undefined, 0, 1),
    gap: fc.constantFrom(0.05, 0.3, 2),
    cut: fc.boolean(),
    over: fc.boolean(),
    heard: fc.boolean(),
  })

  test('loses and doubles no word, however results are cut; one speaker an utterance', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), fc.integer({ min: 1, max: 2 }), (drawn, channels) => {
        const adapter = createDeepgramAdapter()
        let now = 0
        const words = drawn.map(({ speaker, gap }, i) => {
          const start = now + gap
          now = start + 0.2
          return { word: `w${i}`, start, end: now, ...(speaker !== undefined && { speaker }) }
        })
        const told: string[] = []
        let pending: typeof words = []
        for (const [i, { cut, over, heard }] of drawn.entries()) {
          pending.push(words[i]!)
          const result = (isFinal: boolean) => ({
            type: 'Results',
            channel_index: [0, channels],
            start: pending[0]!.start,
            duration: now - pending[0]!.start,
            is_final: isFinal,
            speech_final: isFinal && over,
            channel: { alternatives: [{ transcript: pending.map((w) => w.word).join(' '), words: pending }] },
          })
          if (heard) expect(adapter.take(result(false)).every(({ final }) => !final)).toBe(true)
          if (!cut && i < drawn.length - 1) continue
          const said = adapter.take(result(true))
          told.push(...said.filter(({ final }) => final).map(({ text }) => text))
          pending = []
        }
        told.push(...adapter.take({ type: 'UtteranceEnd', channel: [0, channels] }).map(({ text }) => text))
        expect(told.flatMap((text) => text.split(' '))).toEqual(words.map(({ word: w }) => w))
        for (const text of told) {
          const said = text.split(' ').map((w) => words[Number(w.slice(1))]!)
          expect(new Set(said.flatMap(({ speaker }) => speaker ?? [])).size).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  test('two channels are two speakers, whose utterances do not mix', () => {
    const adapter = createDeepgramAdapter()
    const results = (channel: number, transcript: string, over: boolean) => ({
      type: 'Results',
      channel_index: [channel, 2],
      start: 1,
      duration: 1,
      is_final: true,
      speech_final: over,
      channel: { alternatives: [{ transcript }] },
    })
    const said = [results(0, 'one', false), results(1, 'two', false), results(0, 'three', true), results(1, '', true)]
    expect(said.map((message) => adapter.take(message).map(line))).toEqual([
      ['~channel-0 1000-2000 one'],
      ['~channel-1 1000-2000 two'],
      ['channel-0 1000-2000 one three'],
      ['channel-1 1000-2000 two'],
    ])
  })
})

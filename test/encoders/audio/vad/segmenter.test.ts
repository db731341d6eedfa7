import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createSpeechSegmenter,
  type SegmentEvent,
  type SegmenterOptions,
} from '../../../../src/encoders/audio/vad/segmenter.ts'

function segment(probabilities: readonly number[], options?: SegmenterOptions): SegmentEvent[] {
  const segmenter = createSpeechSegmenter(options)
  return [...probabilities.flatMap((probability) => segmenter.push(probability)), ...segmenter.end()]
}

const steps = (count: number, probability: number): number[] => new Array(count).fill(probability)
const ends = (events: readonly SegmentEvent[]): [number, number][] =>
  events.flatMap((event) => (event.type === 'end' ? [[event.startMs, event.endMs]] : []))

describe('createSpeechSegmenter', () => {
  test('finds a stretch of speech, padded', () => {
    // 20 silent steps of 32 ms, 25 of speech, 40 silent.
    expect(segment([...steps(20, 0), ...steps(25, 0.9), ...steps(40, 0)])).toEqual([
      { type: 'start', startMs: 640 - 30 },
      { type: 'end', startMs: 640 - 30, endMs: 1440 + 30 },
    ])
  })

  test('a dip between the thresholds, or a short pause, does not end it; a longer pause does', () => {
    expect(ends(segment([...steps(10, 0.9), ...steps(60, 0.4), ...steps(10, 0.9)]))).toHaveLength(1)
    expect(ends(segment([...steps(10, 0.9), ...steps(15, 0), ...steps(10, 0.9)]))).toHaveLength(1)
    expect(ends(segment([...steps(10, 0.9), ...steps(16, 0), ...steps(10, 0.9)]))).toHaveLength(2)
  })

  test('a click is no utterance', () => {
    expect(segment([...steps(10, 0), ...steps(7, 0.9), ...steps(40, 0)])).toEqual([])
  })

  test('the start is told as soon as it counts', () => {
    const segmenter = createSpeechSegmenter()
    const told = steps(10, 0.9).map((probability) => segmenter.push(probability).length)
    expect(told).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0, 0])
  })

  test('endless speech is cut at its last dip, or hard', () => {
    const options = { maxSpeechMs: 3200 }
    expect(ends(segment(steps(250, 0.9), options)).map(([start, end]) => end - start)).toEqual([3200, 3200, 1600])
    const dipped = [...steps(60, 0.9), ...steps(3, 0), ...steps(100, 0.9)]
    expect(ends(segment(dipped, options))[0]).toEqual([0, 60 * 32 + 30])
  })

  test('any probabilities give ordered utterances in time, each with one start and one end', () => {
    const settings = fc.record({
      padMs: fc.nat(200),
      minSilenceMs: fc.nat(800),
      minSpeechMs: fc.nat(500),
      maxSpeechMs: fc.integer({ min: 1000, max: 5000 }),
    })
    const runs = fc.array(fc.tuple(fc.nat(60), fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 20 })
    fc.assert(
      fc.property(runs, settings, (stretches, options) => {
        const probabilities = stretches.flatMap(([count, probability]) => steps(count, probability))
        const events = segment(probabilities, options)
        let previous = 0
        events.forEach((event, k) => {
          expect(event.type).toBe(k % 2 === 0 ? 'start' : 'end')
          if (event.type === 'start') return
          expect(event.startMs).toBe(events[k - 1]!.startMs)
          expect(Number.isInteger(event.startMs) && Number.isInteger(event.endMs)).toBe(true)
          expect(event.startMs).toBeGreaterThanOrEqual(previous)
          expect(event.endMs).toBeGreaterThan(event.startMs)
          expect(event.endMs).toBeLessThanOrEqual(probabilities.length * 32)
          previous = event.endMs
        })
        expect(events.length % 2).toBe(0)
      }),
    )
  })
})

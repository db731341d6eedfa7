import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createAudioOrder } from '../../../src/server/media/audio-order.ts'
import { jitter, pieces, type Stamped } from './frames.ts'

/** What came out: the samples by their place, gaps as holes, and what was dropped. */
function run(frames: readonly Stamped[], options: { reorderMs?: number; joinMs?: number; flush?: number } = {}) {
  const placed: { from: number; samples: number[] }[] = []
  const gaps: [number, number][] = []
  const dropped: [string, number][] = []
  let end: number | undefined
  const follow = (from: number, count: number): void => {
    if (end !== undefined) expect(from).toBe(end)
    end = from + count
  }
  const order = createAudioOrder({
    reorderMs: options.reorderMs ?? 300,
    joinMs: options.joinMs ?? 10,
    onSamples(from, samples) {
      follow(from, samples.length)
      placed.push({ from, samples: [...samples] })
    },
    onGap(from, count) {
      follow(from, count)
      gaps.push([from, count])
    },
    onDropped: (reason, startMs) => dropped.push([reason, startMs]),
  })
  for (const { startMs, samples } of frames) order.push(startMs, samples)
  if (options.flush !== undefined) order.flush(options.flush)
  return { placed, gaps, dropped, position: order.position, samples: placed.flatMap((each) => each.samples) }
}

describe('createAudioOrder', () => {
  test('shuffled and repeated frames within the bound come out as the stream, sample by sample', () => {
    fc.assert(
      fc.property(
        // Longer than the tolerance: a shorter one that is missing cannot be told from a clock that jitters.
        pieces({ least: 177, most: 1_600 }),
        fc.integer({ min: 0, max: 100_000 }),
        fc.infiniteStream(fc.nat(199)), // and 100 ms of its own
        fc.array(fc.nat(60), { maxLength: 6 }),
        (lengths, startMs, delays, again) => {
          const stream = stamped(lengths, startMs)
          const shuffled = jitter(stream, delays)
          for (const k of again) shuffled.push(stream[k % stream.length]!)
          const { placed, gaps, dropped, samples } = run(shuffled, { flush: Number.POSITIVE_INFINITY })
          expect(samples).toEqual(stream.flatMap((frame) => [...frame.samples]))
          expect(placed[0]?.from).toBe(startMs * 16)
          expect(gaps).toEqual([])
          expect(dropped.map(([reason]) => reason)).toEqual(again.map(() => 'duplicate'))
        },
      ),
      { numRuns: 60 },
    )
  })

  test('beyond the bound: every frame is passed on, a gap, or counted; nothing stands in another place', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 2, max: 20 }), { minLength: 1, maxLength: 60 }),
        fc.infiniteStream(fc.nat(900)),
        fc.infiniteStream(fc.boolean()),
        (tens, delays, lost) => {
          // Whole ms, so that a sample's value can say its place.
          const stream = stamped(
            tens.map((ten) => ten * 160),
            1_000,
          ).map(({ startMs, samples }) => ({ startMs, samples: samples.map((_, k) => (startMs * 16 + k) % 30_011) }))
          const sent = jitter(stream, delays).filter(() => !lost.next().value)
          const { placed, gaps, dropped } = run(sent, { flush: Number.POSITIVE_INFINITY })
          for (const { from, samples } of placed) {
            expect(samples).toEqual(samples.map((_, k) => (from + k) % 30_011))
          }
          expect(placed.length + dropped.length).toBe(sent.length)
          expect(dropped.every(([reason]) => reason === 'late')).toBe(true)
          const came = placed.reduce((sum, { samples }) => sum + samples.length, 0)
          const missing = gaps.reduce((sum, [, count]) => sum + count, 0)
          const first = placed[0]?.from ?? 0
          const last = placed.at(-1)
          expect(came + missing).toBe(last === undefined ? 0 : last.from + last.samples.length - first)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('waits for what is missing until the newest is beyond it by the bound, no longer', () => {
    const frame = (startMs: number): Stamped => ({ startMs, samples: new Int16Array(1_600).fill(startMs) })
    expect(run([frame(0), frame(200)])).toMatchObject({ position: 1_600, gaps: [] })
    // 100..200 is missing; at 500 the newest has reached 400, so that 100 is given up, and what follows it is not.
    expect(run([frame(0), frame(200), frame(300)]).position).toBe(1_600)
    expect(run([frame(0), frame(200), frame(300), frame(400)])).toMatchObject({ gaps: [[1_600, 1_600]] })
    expect(run([frame(0), frame(200), frame(100)])).toMatchObject({ position: 4_800, gaps: [], dropped: [] })
    const late = run([frame(0), frame(200), frame(300), frame(400), frame(100)])
    expect(late.dropped).toEqual([['late', 100]])
  })

  test('what is missing is given up where nothing waits for it any more', () => {
    const frame = (startMs: number): Stamped => ({ startMs, samples: new Int16Array(1_600).fill(startMs) })
    expect(run([frame(0), frame(200)], { flush: 3_200 })).toMatchObject({ position: 4_800, gaps: [[1_600, 1_600]] })
    expect(run([frame(0), frame(200)], { flush: 2_000 })).toMatchObject({ position: 2_000, gaps: [[1_600, 400]] })
  })

  test('overlapping frames are cut, whichever came first stays', () => {
    const frame = (startMs: number, ms: number, value: number): Stamped => ({
      startMs,
      samples: new Int16Array(ms * 16).fill(value),
    })
    const { samples, dropped } = run([frame(0, 100, 1), frame(60, 100, 2), frame(20, 50, 3)])
    expect(samples).toEqual([...new Array(1_600).fill(1), ...new Array(960).fill(2)])
    expect(dropped).toEqual([['late', 20]])
  })

  test('stamps of a clock that jitters by less than the tolerance put no clicks into the sound', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 2, maxLength: 60 }), (errors) => {
        const stream = stamped(
          errors.map(() => 320),
          500,
        )
        const wobbling = stream.map((frame, k) => ({ ...frame, startMs: frame.startMs + (k === 0 ? 0 : errors[k]!) }))
        const { samples, gaps } = run(wobbling, { flush: Number.POSITIVE_INFINITY })
        expect(samples).toEqual(stream.flatMap((frame) => [...frame.samples]))
        expect(gaps).toEqual([])
      }),
      { numRuns: 50 },
    )
  })

  test('what waits is bounded', () => {
    const tiny = Array.from({ length: 3_000 }, (_, k) => ({ startMs: 100, samples: new Int16Array(33 + k) }))
    const { dropped } = run([{ startMs: 0, samples: new Int16Array(16) }, ...tiny.slice(0, 2_000)])
    expect(dropped.filter(([reason]) => reason === 'overload').length).toBeGreaterThan(500)
  })
})

/** Frames one after the other, stamped with the whole ms in which they begin. */
function stamped(lengths: readonly number[], startMs: number): Stamped[] {
  let place = startMs * 16
  return lengths.map((length) => {
    const from = place
    place += length
    return { startMs: Math.floor(from / 16), samples: Int16Array.from({ length }, (_, k) => (from + k) % 30_011) }
  })
}

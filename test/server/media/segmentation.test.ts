import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSegmentation, type VoiceSpan } from '../../../src/server/media/segmentation.ts'
import { createLoudnessDetector } from './frames.ts'

/** Sound that is loud in these stretches of ms. */
function speech(lengthMs: number, stretches: readonly (readonly [number, number])[]): Float32Array {
  const sound = new Float32Array(lengthMs * 16)
  for (const [from, to] of stretches) sound.fill(0.5, from * 16, to * 16)
  return sound
}

/** Spans of a sound that begins at `firstMs` of the conversation and comes in pieces that end at these times. */
async function spans(
  sound: Float32Array,
  options: {
    firstMs?: number
    cuts?: readonly number[]
    longestMs?: number
    gap?: readonly [number, number]
    onProgress?: (span: { startMs: number; endMs: number }) => void
  } = {},
): Promise<VoiceSpan[]> {
  const { firstMs = 0, cuts = [], longestMs = 15_000, gap } = options
  const found: VoiceSpan[] = []
  const segmentation = createSegmentation({
    detector: async () => createLoudnessDetector(),
    read: (fromMs, toMs) => sound.slice((fromMs - firstMs) * 16, (toMs - firstMs) * 16),
    oldestMs: () => firstMs,
    onSpan: (span) => found.push(span),
    ...(options.onProgress && { onProgress: options.onProgress }),
    onFault: (cause) => {
      throw cause
    },
    segmenter: { maxSpeechMs: longestMs },
  })
  if (gap !== undefined) segmentation.skip(...gap)
  for (const cut of [...cuts, firstMs + sound.length / 16]) {
    segmentation.advance(firstMs, cut)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await segmentation.end()
  return found
}

const ends = (found: readonly VoiceSpan[]) =>
  found.flatMap((span) => (span.type === 'end' ? [[span.startMs, span.endMs] as const] : []))

describe('createSegmentation', () => {
  const talk = speech(9_000, [
    [500, 1_500],
    [2_500, 3_000],
    [5_000, 7_000],
  ])

  test('every utterance begins and ends once, near where it does, however the sound is cut', async () => {
    const whole = await spans(talk)
    expect(whole.map(({ type }) => type)).toEqual(['start', 'end', 'start', 'end', 'start', 'end'])
    for (const [k, [from, to]] of [
      [500, 1_500],
      [2_500, 3_000],
      [5_000, 7_000],
    ].entries()) {
      const [startMs, endMs] = ends(whole)[k]!
      expect(Math.abs(startMs - from!)).toBeLessThan(80)
      expect(Math.abs(endMs - to!)).toBeLessThan(80)
    }
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(9_000), { maxLength: 8 }), async (cuts) => {
        expect(await spans(talk, { cuts: cuts.sort((a, b) => a - b) })).toEqual(whole)
      }),
      { numRuns: 15 },
    )
  })

  test('what is found depends on nothing before the end of the utterance before', async () => {
    const whole = await spans(talk)
    for (const [, endMs] of ends(whole)) {
      const rest = await spans(talk.slice(endMs * 16), { firstMs: endMs })
      expect(rest).toEqual(whole.filter(({ startMs }) => startMs >= endMs))
    }
  })

  test('a long utterance is cut and goes on', async () => {
    const found = ends(await spans(speech(8_000, [[300, 7_000]]), { longestMs: 2_000 }))
    expect(found.length).toBeGreaterThan(2)
    for (const [k, [startMs, endMs]] of found.entries()) {
      expect(endMs - startMs).toBeLessThanOrEqual(2_100)
      if (k > 0) expect(startMs - found[k - 1]![1]).toBeLessThan(100)
      if (k > 0) expect(startMs).toBeGreaterThanOrEqual(found[k - 1]![1])
    }
  })

  test('an utterance that goes on says so, and never beyond its end', async () => {
    const told: { startMs: number; endMs: number }[] = []
    const cuts = Array.from({ length: 60 }, (_, k) => 100 * k)
    const found = ends(await spans(speech(6_000, [[500, 4_200]]), { cuts, onProgress: (span) => told.push(span) }))
    expect(told.map(({ startMs }) => startMs)).toEqual(told.map(() => found[0]![0]))
    expect(told.length).toBe(3)
    for (const [k, { endMs }] of told.entries()) {
      expect(endMs).toBeLessThanOrEqual(found[0]![1])
      expect(endMs - (told[k - 1]?.endMs ?? found[0]![0])).toBeGreaterThanOrEqual(1_000)
    }
  })

  test('one that is open is ended with the sound', async () => {
    expect(ends(await spans(speech(2_000, [[500, 2_000]])))).toHaveLength(1)
  })

  test('where sound stops coming the utterance ends, and what comes later goes on behind it', async () => {
    const sound = speech(6_000, [
      [500, 2_000],
      [4_000, 5_000],
    ])
    const found: VoiceSpan[] = []
    const segmentation = createSegmentation({
      detector: async () => createLoudnessDetector(),
      read: (fromMs, toMs) => sound.slice(fromMs * 16, toMs * 16),
      oldestMs: () => 0,
      onSpan: (span) => found.push(span),
      onFault: (cause) => {
        throw cause
      },
    })
    segmentation.advance(0, 2_000)
    await segmentation.stop()
    await segmentation.stop()
    expect(found.map(({ type }) => type)).toEqual(['start', 'end'])
    segmentation.advance(0, 6_000)
    await segmentation.end()
    const [first, second] = ends(found)
    expect(found).toHaveLength(4)
    expect(first![1]).toBeGreaterThan(1_900)
    expect(first![1]).toBeLessThanOrEqual(2_000)
    expect(second![0]).toBeGreaterThan(3_500)
  })

  test('a detector that cannot be had is told once', async () => {
    const faults: unknown[] = []
    const segmentation = createSegmentation({
      detector: () => Promise.reject(new Error('no weights')),
      read: () => new Float32Array(0),
      oldestMs: () => 0,
      onSpan: () => undefined,
      onFault: (cause) => faults.push(cause),
    })
    for (let ms = 100; ms < 1_000; ms += 100) {
      segmentation.advance(0, ms)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await segmentation.end()
    expect(faults).toEqual([new Error('no weights')])
  })

  test('a long time without sound is passed over', async () => {
    const sound = speech(600_000, [
      [500, 1_500],
      [598_000, 599_000],
    ])
    const found = ends(await spans(sound, { gap: [1_600, 597_000] }))
    expect(found).toHaveLength(2)
    expect(Math.abs(found[1]![0] - 598_000)).toBeLessThan(80)
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AudioEncoder, createAudioEncoder } from '../../../src/encoders/audio/audio-encoder.ts'
import { createAudioTrack } from '../../../src/server/media/audio-track.ts'
import type { TrackEncoding } from '../../../src/server/media/audio-utterance.ts'
import { createTimeSlicer } from '../../../src/server/media/time-slicer.ts'
import { join, noise, steadyVoice } from '../../support/sounds.ts'
import { asFloats, createSampleEncoder, placed, sameBytes } from './frames.ts'

function openTrack(encoder: AudioEncoder, keepMs = 40_000) {
  const dropped: string[] = []
  const faults: unknown[] = []
  const track = createAudioTrack({
    limits: { reorderMs: 300, joinMs: 10, keepMs },
    encoder,
    slicer: createTimeSlicer({ budgetMs: 1 }),
    onDropped: (reason) => dropped.push(reason),
    onAdvance: () => undefined,
    onGap: () => undefined,
    onFault: (cause) => faults.push(cause),
  })
  return { track, dropped, faults }
}

function expectSamples(result: TrackEncoding, samples: Int16Array): void {
  if (!('features' in result)) throw new Error(result.reason)
  expect(result.features.length).toBe(samples.length)
  expect(sameBytes(result.features, asFloats(samples))).toBe(true)
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** What happens between two frames: how many turns of the loop, and what is told of the utterance. */
const happening = fc.record({
  ms: fc.integer({ min: 11, max: 120 }),
  turns: fc.nat(3),
  told: fc.constantFrom('nothing', 'nothing', 'progress', 'snapshot'),
})

/** Streams sound, tells of one utterance at random moments, and gives what the track makes of it. */
async function live(
  encoder: AudioEncoder,
  sound: Int16Array,
  plan: {
    readonly frames: readonly { ms: number; turns: number; told: string }[]
    readonly from: number
    readonly to: number
    readonly begin: number | undefined
    readonly keepMs?: number
  },
) {
  const { track, faults } = openTrack(encoder, plan.keepMs)
  const startMs = 500
  const utterance = { fromMs: startMs + plan.from, toMs: startMs + plan.to }
  let at = 0
  for (let k = 0; at < sound.length; k += 1) {
    const { ms, turns, told } = plan.frames[k % plan.frames.length]!
    if (plan.begin === k) track.begin('u', utterance.fromMs)
    track.push(startMs + at / 16, sound.subarray(at, at + ms * 16))
    at += ms * 16
    if (plan.begin !== undefined && plan.begin <= k) {
      const heard = Math.min(startMs + at / 16, utterance.toMs)
      if (told === 'progress') track.reach('u', heard)
      if (told === 'snapshot' && heard > utterance.fromMs) void track.encode('u', utterance.fromMs, heard)
    }
    for (let t = 0; t < turns; t += 1) await turn()
  }
  const result = await track.encode('u', utterance.fromMs, utterance.toMs)
  expect(faults).toEqual([])
  return result
}

describe('createAudioTrack', () => {
  test('the samples of an utterance are those of its time, whenever its beginning and end are told', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(happening, { minLength: 1, maxLength: 8 }),
        fc.nat(3_000),
        fc.integer({ min: 1, max: 3_000 }),
        fc.option(fc.nat(40), { nil: undefined }),
        async (frames, from, length, begin) => {
          const to = Math.min(3_000, from + length)
          const sound = placed(0, 3_000 * 16)
          const result = await live(createSampleEncoder(), sound, { frames, from, to, begin })
          if (to > from) expectSamples(result, sound.subarray(from * 16, to * 16))
          else expect(result).toMatchObject({ missing: 'no-audio' })
        },
      ),
      { numRuns: 40 },
    )
  })

  test('the features are those of the batch encoder', async () => {
    const encoder = createAudioEncoder()
    const speech = join([noise(0.2, 0.01), steadyVoice(140, 0.8), noise(0.3, 0.02), steadyVoice(180, 0.9)])
    const sound = Int16Array.from(speech, (sample) => Math.round(sample * 32_767))
    await fc.assert(
      fc.asyncProperty(
        fc.array(happening, { minLength: 1, maxLength: 8 }),
        fc.nat(1_000),
        fc.integer({ min: 150, max: 2_000 }),
        fc.option(fc.nat(20), { nil: undefined }),
        async (frames, from, length, begin) => {
          const to = Math.min(2_200, from + length)
          const result = await live(encoder, sound, { frames, from, to, begin })
          expect(result).toEqual(encoder.encode(asFloats(sound.subarray(from * 16, to * 16))))
        },
      ),
      { numRuns: 8 },
    )
  })

  test('an utterance longer than what is kept is whole when its beginning was told, and said to be lost otherwise', async () => {
    const sound = placed(0, 6_000 * 16)
    const plan = { frames: [{ ms: 50, turns: 4, told: 'nothing' }], from: 100, to: 5_900, keepMs: 1_000 }
    const told = await live(createSampleEncoder(), sound, { ...plan, begin: 3 })
    expectSamples(told, sound.subarray(1_600, 5_900 * 16))
    expect(await live(createSampleEncoder(), sound, { ...plan, begin: undefined })).toMatchObject({ missing: 'lost' })
  })

  test('an utterance before, beyond and across the sound', async () => {
    const { track } = openTrack(createSampleEncoder())
    expect(await track.encode('u', 0, 1_000)).toMatchObject({ missing: 'no-audio' })
    track.push(1_000, placed(16_000, 32_000))
    expect(await track.encode('u', 0, 1_000)).toMatchObject({ missing: 'no-audio' })
    expect(await track.encode('u', 2_000, 3_000)).toMatchObject({ missing: 'no-audio' })
    expectSamples(await track.encode('u', 500, 2_500), placed(16_000, 32_000))
  })

  test('what did not come is silence inside an utterance, and no sound where nothing else came', async () => {
    const { track } = openTrack(createSampleEncoder())
    track.push(0, placed(0, 16_000))
    track.push(3_000, placed(48_000, 64_000))
    expectSamples(await track.encode('u', 0, 2_000), Int16Array.of(...placed(0, 16_000), ...new Int16Array(16_000)))
    expect(await track.encode('v', 1_500, 2_500)).toMatchObject({ missing: 'no-audio' })
  })
})

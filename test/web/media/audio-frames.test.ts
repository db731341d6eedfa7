import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AUDIO_RATE } from '../../../src/server/protocol/media-frame.ts'
import { createAudioFramer, FRAME_SAMPLES } from '../../../web/src/media/audio-frames.ts'
import { createResampler } from '../../../web/src/media/resampler.ts'

const tone = (hertz: number, rate: number, seconds: number): Float32Array =>
  Float32Array.from({ length: Math.round(rate * seconds) }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate))

/** Without its edges, where the silence around the signal is heard. */
const middle = (samples: Float32Array): Float32Array => samples.subarray(400, samples.length - 400)

const RATES = [44_100, 48_000, 16_000, 8_000, 96_000] as const

describe.each(RATES)('from %i Hz', (rate) => {
  test.each([100, 440, 1_500, 3_000])('a tone of %i Hz is the tone sampled at 16 kHz', (hertz) => {
    const out = createResampler(rate, AUDIO_RATE).push(tone(hertz, rate, 0.5))
    const expected = tone(hertz, AUDIO_RATE, 0.5)
    const worst = middle(out).reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i + 400]!)), 0)
    expect(worst).toBeLessThan(0.005)
  })

  test('what lies above half the wire rate does not fold back', () => {
    if (rate <= AUDIO_RATE) return
    const out = middle(createResampler(rate, AUDIO_RATE).push(tone(10_000, rate, 0.5)))
    expect(out.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeLessThan(0.005)
  })

  test('however the input is cut, the output is the same', () => {
    const input = tone(700, rate, 0.1)
    const whole = createResampler(rate, AUDIO_RATE).push(input)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1 }), (cuts) => {
        const resampler = createResampler(rate, AUDIO_RATE)
        const out: number[] = []
        let at = 0
        for (const length of [...cuts, input.length]) {
          out.push(...resampler.push(input.subarray(at, at + length)))
          at = Math.min(input.length, at + length)
        }
        expect(out).toEqual([...whole])
      }),
      { numRuns: 20 },
    )
  })
})

test('frames are 100 ms without a gap; their level is that of the sound; clipping stays in range', () => {
  const framer = createAudioFramer(48_000)
  const sound = tone(440, 48_000, 1.05)
  const frames = []
  for (let at = 0; at < sound.length; at += 128) frames.push(...framer.push(sound.subarray(at, at + 128)))
  expect(frames.map(({ offsetMs }) => offsetMs)).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900])
  expect(frames.every(({ samples }) => samples.length === FRAME_SAMPLES)).toBe(true)
  expect(frames[5]!.level).toBeCloseTo(0.5 / Math.SQRT2, 2)

  const loud = createAudioFramer(16_000).push(new Float32Array(2_000).fill(7))
  expect(loud[0]!.samples.at(-1)).toBe(32_767)
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createResampler, SAMPLE_RATE } from '../../../src/encoders/media/resampler.ts'
import { expectError } from '../../support/errors.ts'
import { cutAt, join, noise, sine } from '../../support/sounds.ts'

function resample(samples: Float32Array, rate: number): Float32Array {
  const resampler = createResampler(rate)
  return join([resampler.push(samples), resampler.end()])
}

/** Largest difference from the ideal, away from the ends, where the signal is cut off. */
function error(actual: Float32Array, ideal: Float32Array): number {
  const margin = 400
  let worst = 0
  for (let n = margin; n < actual.length - margin; n += 1) worst = Math.max(worst, Math.abs(actual[n]! - ideal[n]!))
  return worst
}

const RATES = [8000, 11_025, 22_050, 32_000, 44_100, 48_000, 96_000, 15_999]

describe('createResampler', () => {
  test.each(RATES)('keeps a tone in place and in size from %i Hz', (rate) => {
    const hz = Math.min(rate, SAMPLE_RATE) * 0.3
    const output = resample(sine(hz, 0.5, 0.5, rate), rate)
    expect(error(output, sine(hz, 0.5))).toBeLessThan(2e-4)
  })

  test.each([44_100, 48_000, 96_000])('lets nothing above 8 kHz fold back from %i Hz', (rate) => {
    const output = resample(sine(9000, 0.5, 0.5, rate), rate)
    expect(error(output, new Float32Array(output.length))).toBeLessThan(1e-4)
  })

  test.each(RATES)('gives ceil(n * 16000 / %i) samples', (rate) => {
    for (const length of [0, 1, 2, 999, 1000]) {
      expect(resample(new Float32Array(length), rate)).toHaveLength(Math.ceil((length * SAMPLE_RATE) / rate))
    }
  })

  test('does not depend on how the stream is cut', () => {
    const signal = noise(0.1, 0.2, 3, 44_100)
    const whole = resample(signal, 44_100)
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }), (shares) => {
        const resampler = createResampler(44_100)
        const pieces = cutAt(signal, shares).map((piece) => resampler.push(piece).slice())
        expect(join([...pieces, resampler.end()])).toEqual(whole)
      }),
      { numRuns: 30 },
    )
  })

  test('passes 16 kHz through untouched', () => {
    const signal = noise(0.01)
    expect(resample(signal, SAMPLE_RATE)).toEqual(signal)
  })

  test.each([0, -1, 999, 1e6, 44_100.5, Number.NaN])('refuses a rate of %d', async (rate) => {
    await expectError(() => createResampler(rate), 'EMO_AUDIO_FORMAT')
  })
})

import { describe, expect, test } from 'vitest'
import { harmonicDescriptors, NO_AMPLITUDE, NO_HARMONICS } from '../../../../src/encoders/audio/lld/harmonics.ts'
import { harmonicsToNoise } from '../../../../src/encoders/audio/lld/harmonics-to-noise.ts'
import { createPeriodTracker } from '../../../../src/encoders/audio/lld/periods.ts'
import { createAutocorrelation, createSpectrumAnalyser, gaussWindow } from '../../../../src/encoders/audio/spectrum.ts'
import { noise, sine, steadyVoice, voice } from '../../../support/sounds.ts'

const analyser = createSpectrumAnalyser(gaussWindow(960), 1024, 16_000)

/** Mean jitter and shimmer over the frames of a signal whose F0 is known. */
function perturbation(signal: Float32Array, f0: number): { jitter: number; shimmer: number } {
  const tracker = createPeriodTracker(16_000)
  const frames: { jitter: number; shimmer: number }[] = []
  for (let from = 0; from + 960 <= signal.length; from += 160) {
    frames.push(tracker.next({ signal, origin: 0, from, to: from + 960, f0 }))
  }
  const heard = frames.slice(4).filter((frame) => frame.shimmer > 0 || frame.jitter > 0)
  const mean = (of: (frame: { jitter: number; shimmer: number }) => number): number =>
    heard.length === 0 ? 0 : heard.reduce((sum, frame) => sum + of(frame), 0) / heard.length
  return { jitter: mean((frame) => frame.jitter), shimmer: mean((frame) => frame.shimmer) }
}

describe('createPeriodTracker', () => {
  const periods = 60

  test('a steady voice has next to no jitter and shimmer', () => {
    const { jitter, shimmer } = perturbation(steadyVoice(125, 0.5), 125)
    expect(jitter).toBeLessThan(0.002)
    expect(shimmer).toBeLessThan(0.05)
  })

  test.each([0.01, 0.02, 0.04])('periods that alternate by %f of their mean have about that jitter', (share) => {
    const lengths = Array.from({ length: periods }, (_, k) => 128 * (1 + (k % 2 === 0 ? share : -share) / 2))
    const { jitter } = perturbation(voice(lengths), 125)
    expect(jitter).toBeGreaterThan(share * 0.6)
    expect(jitter).toBeLessThan(share * 1.5)
  })

  test.each([0.5, 1, 2])('amplitudes that alternate by %f dB have about that shimmer', (decibel) => {
    const amplitudes = Array.from({ length: periods }, (_, k) => (k % 2 === 0 ? 1 : 10 ** (-decibel / 20)))
    const { shimmer } = perturbation(voice(new Array(periods).fill(128), amplitudes), 125)
    expect(shimmer).toBeGreaterThan(decibel * 0.6)
    expect(shimmer).toBeLessThan(decibel * 1.3)
  })

  test('unvoiced frames and silence have none', () => {
    expect(perturbation(noise(0.3), 0)).toEqual({ jitter: 0, shimmer: 0 })
    expect(perturbation(new Float32Array(4800), 100)).toEqual({ jitter: 0, shimmer: 0 })
  })
})

describe('harmonicsToNoise', () => {
  const autocorrelationOf = createAutocorrelation(1024, 322)
  const ratio = (signal: Float32Array): number =>
    harmonicsToNoise(autocorrelationOf(analyser.power(signal, 1600)), 16_000, 200)

  test('falls as noise is added to a tone, and silence is finite', () => {
    const levels = [0, 0.02, 0.1, 0.5].map((rms) => {
      const hiss = noise(0.3, rms)
      return ratio(sine(200, 0.3).map((sample, n) => sample + hiss[n]!))
    })
    for (let k = 1; k < levels.length; k += 1) expect(levels[k]).toBeLessThan(levels[k - 1]!)
    expect(Number.isFinite(ratio(new Float32Array(4800)))).toBe(true)
  })
})

describe('harmonicDescriptors', () => {
  /** Harmonics of 200 Hz with the given levels in dB. */
  function spectrum(levels: readonly number[]): Float64Array {
    const signal = new Float32Array(4800)
    levels.forEach((level, k) => {
      sine(200 * (k + 1), 0.3, 0.1 * 10 ** (level / 20)).forEach((sample, n) => {
        signal[n]! += sample
      })
    })
    return analyser.power(signal, 1600).map(Math.sqrt)
  }

  test('gives the level differences that a sound was made of, counted as the published data do', () => {
    const levels = [0, -3, -9, -12, -20, -15, -30, -26, -33, -36, -34, -31, -40]
    const { h1h2, h1a3, formantAmplitudes } = harmonicDescriptors(
      spectrum(levels),
      analyser.binHz,
      200,
      [620, 1230, 2390],
    )
    expect(Math.abs(h1h2 - (-3 - -9))).toBeLessThan(1)
    expect(Math.abs(h1a3 - (-3 - -31))).toBeLessThan(1) // the twelfth, 2400 Hz, is the strongest of 2151-2629 Hz
    expect(Math.abs(formantAmplitudes[0] - -9)).toBeLessThan(1)
    expect(Math.abs(formantAmplitudes[1] - -15)).toBeLessThan(1)
  })

  test('any F0 and formants give finite values', () => {
    for (const f0 of [55, 400, 999]) {
      const { h1h2, h1a3, formantAmplitudes } = harmonicDescriptors(
        new Float64Array(513),
        analyser.binHz,
        f0,
        [0, 0, 5400],
      )
      for (const value of [h1h2, h1a3, ...formantAmplitudes]) expect(Number.isFinite(value)).toBe(true)
    }
    expect(NO_HARMONICS.formantAmplitudes).toEqual([NO_AMPLITUDE, NO_AMPLITUDE, NO_AMPLITUDE])
  })
})

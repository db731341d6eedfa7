import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLoudness, equalLoudness } from '../../../../src/encoders/audio/lld/loudness.ts'
import { createMfcc } from '../../../../src/encoders/audio/lld/mfcc.ts'
import { alphaRatio, hammarbergIndex, spectralSlope } from '../../../../src/encoders/audio/lld/spectral-balance.ts'
import { createSpectralFlux } from '../../../../src/encoders/audio/lld/spectral-flux.ts'
import { createMelFilterBank, hzToMel, melToHz } from '../../../../src/encoders/audio/mel.ts'
import {
  createAutocorrelation,
  createSpectrumAnalyser,
  hammingWindow,
} from '../../../../src/encoders/audio/spectrum.ts'
import { noise } from '../../../support/sounds.ts'

const BIN_HZ = 31.25
const power = (of: (hz: number) => number): Float64Array => Float64Array.from({ length: 257 }, (_, k) => of(k * BIN_HZ))
const positive = fc.double({ min: 1e-6, max: 1e3, noNaN: true })

describe('spectrum', () => {
  test('the power spectrum equals the plain transform', () => {
    const window = hammingWindow(60)
    const frame = noise(0.01)
    const spectrum = createSpectrumAnalyser(window, 64, 16_000).power(frame, 7)
    spectrum.forEach((value, k) => {
      let [re, im] = [0, 0]
      window.forEach((weight, n) => {
        re += weight * frame[7 + n]! * Math.cos((2 * Math.PI * k * n) / 64)
        im -= weight * frame[7 + n]! * Math.sin((2 * Math.PI * k * n) / 64)
      })
      expect(value).toBeCloseTo(re * re + im * im, 10)
    })
  })

  test('the autocorrelation equals the plain circular one', () => {
    const frame = noise(0.004)
    const spectrum = createSpectrumAnalyser(new Float64Array(64).fill(1), 64, 16_000).power(frame)
    const autocorrelationOf = createAutocorrelation(64, 33)
    autocorrelationOf(spectrum).forEach((value, lag) => {
      const plain = frame.reduce((sum, sample, n) => sum + sample * frame[(n + lag) % 64]!, 0)
      expect(value).toBeCloseTo(plain, 6)
    })
  })
})

describe('createMelFilterBank', () => {
  const bank = createMelFilterBank({ bands: 26, lowHz: 20, highHz: 8000, bins: 257, binHz: BIN_HZ })

  test('mel and Hz are inverse, and 1000 Hz is 1000 mel', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 8000, noNaN: true }), (hz) => Math.abs(melToHz(hzToMel(hz)) - hz) < 1e-6),
    )
    expect(hzToMel(1000)).toBeCloseTo(1000, 0)
  })

  test('equals triangles written down one by one', () => {
    const spectrum = Float64Array.from(noise(257 / 16_000, 1), (value) => value * value)
    const edges = [hzToMel(20), ...Array.from(bank.centresHz, hzToMel), hzToMel(8000)]
    bank.apply(spectrum, new Float64Array(26)).forEach((value, b) => {
      const [left, centre, right] = [edges[b]!, edges[b + 1]!, edges[b + 2]!]
      const plain = spectrum.reduce((sum, p, k) => {
        const mel = hzToMel(k * BIN_HZ)
        return sum + p * Math.max(0, Math.min((mel - left) / (centre - left), (right - mel) / (right - centre)))
      }, 0)
      expect(value).toBeCloseTo(plain, 8)
    })
  })
})

describe('loudness', () => {
  const loudness = createLoudness(Float64Array.of(200, 1000, 3000))

  test('grows with the cubic root of power, near enough', () => {
    fc.assert(
      fc.property(fc.tuple(positive, positive, positive), positive, (bands, gain) => {
        const louder = loudness(Float64Array.from(bands, (band) => band * gain))
        expect(louder / loudness(Float64Array.from(bands))).toBeCloseTo(gain ** 0.33, 6)
      }),
    )
  })

  test('is zero in silence; the ear is more sensitive at 3 kHz than at 100 Hz', () => {
    expect(loudness(new Float64Array(3))).toBe(0)
    expect(equalLoudness(3000)).toBeGreaterThan(10 * equalLoudness(100))
  })
})

describe('spectral balance', () => {
  test('alpha ratio and Hammarberg index of a spectrum of two steps', () => {
    const spectrum = power((hz) => (hz < 1000 ? 100 : hz < 2000 ? 10 : 1))
    expect(alphaRatio(spectrum, BIN_HZ)).toBeCloseTo(10 * Math.log10((32 * 10 + 96) / (32 * 100)), 8)
    expect(hammarbergIndex(spectrum, BIN_HZ)).toBeCloseTo(20, 8)
  })

  test('both are zero for silence, and do not depend on the level', () => {
    expect(alphaRatio(new Float64Array(257), BIN_HZ)).toBe(0)
    expect(hammarbergIndex(new Float64Array(257), BIN_HZ)).toBe(0)
    const spectrum = power((hz) => 1 / (1 + hz))
    expect(
      alphaRatio(
        spectrum.map((p) => p * 50),
        BIN_HZ,
      ),
    ).toBeCloseTo(alphaRatio(spectrum, BIN_HZ), 8)
  })

  test('the slope of a straight line around 0 dB is steeper by N V / (N V + n x^2 (N - n)) than its own', () => {
    // The published form with one bin less in N than in the sums; see the file.
    const [n, count, centre] = [33, 32, 1000]
    const variance = (n * BIN_HZ ** 2 * (n * n - 1)) / 12
    const factor = (count * variance) / (count * variance + n * centre ** 2 * (count - n))
    const line = power((hz) => 10 ** ((0.01 * (hz - centre)) / 10))
    expect(spectralSlope(line, BIN_HZ, 500, 1500)).toBeCloseTo(0.01 * factor, 8)
  })

  test('silence has a finite slope', () => {
    expect(Number.isFinite(spectralSlope(new Float64Array(257), BIN_HZ, 0, 500))).toBe(true)
  })
})

describe('createSpectralFlux', () => {
  test('is zero at first and while nothing changes, and linear in the level', () => {
    const a = power(() => 1)
    const b = power((hz) => (hz < 1000 ? 4 : 1))
    const run = (gain: number): number[] => {
      const flux = createSpectralFlux(BIN_HZ)
      return [a, a, b].map((spectrum) => flux.push(spectrum.map((p) => p * gain * gain)))
    }
    const [first, second, third] = run(1)
    expect([first, second]).toEqual([0, 0])
    expect(third).toBeCloseTo(0.089 * Math.sqrt(32), 8)
    expect(run(3)[2]).toBeCloseTo(3 * third!, 8)
  })
})

describe('createMfcc', () => {
  test('does not depend on the level, and a cosine over the log bands is one coefficient', () => {
    const mfcc = createMfcc(26)
    const bands = Float64Array.from({ length: 26 }, (_, b) => Math.exp(Math.cos((Math.PI * 2 * (b + 0.5)) / 26)))
    const [c1, c2, c3, c4] = mfcc(bands)
    const lifter = 1 + 11 * Math.sin((Math.PI * 2) / 22)
    expect(c2).toBeCloseTo(lifter * Math.sqrt(2 / 26) * 13, 8)
    for (const other of [c1, c3, c4]) expect(other).toBeCloseTo(0, 8)
    for (const [k, value] of mfcc(bands.map((band) => band * 7)).entries()) {
      expect(value).toBeCloseTo([c1, c2, c3, c4][k]!, 8)
    }
    for (const value of mfcc(new Float64Array(26))) expect(value).toBeCloseTo(0, 8)
  })
})

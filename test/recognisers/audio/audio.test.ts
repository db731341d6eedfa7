import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { audioSteps, STEP_SIZE } from '../../../src/recognisers/audio/audio-features.ts'
import { audioVariationSchema, drawAudioVariation, varyAudio } from '../../../src/recognisers/audio/audio-variation.ts'
import { FUNCTIONAL_NAMES, functionals } from '../../../src/recognisers/audio/functionals.ts'
import { createRng } from '../../../src/training/rng.ts'

/** A hum of 200 Hz that swells and fades three times. */
const hum = (seconds: number, level = 0.3): Float32Array =>
  Float32Array.from({ length: 16_000 * seconds }, (_, n) => {
    const swell = Math.max(0, Math.sin((n / 16_000) * Math.PI * 3))
    return (
      level * swell * (Math.sin((2 * Math.PI * 200 * n) / 16_000) + 0.4 * Math.sin((2 * Math.PI * 600 * n) / 16_000))
    )
  })

const power = (samples: Float32Array) => samples.reduce((sum, value) => sum + value * value, 0) / samples.length
const plain = { speed: 1, gainDb: 0, noiseDb: null }

describe('audioSteps', () => {
  it('gives whole steps of 40 ms, all of them numbers', () => {
    const steps = audioSteps(hum(2))!
    expect(steps.length % STEP_SIZE).toBe(0)
    expect(steps.length / STEP_SIZE).toBeGreaterThan(45)
    expect(steps.every(Number.isFinite)).toBe(true)
  })

  it('has none for what is too short, and copes with silence and damage', () => {
    expect(audioSteps(hum(2).subarray(0, 3000))).toBeUndefined()
    const damaged = hum(1).map((value, n) => (n % 500 === 0 ? Number.NaN : value))
    for (const samples of [new Float32Array(16_000), damaged]) {
      const steps = audioSteps(samples)!
      expect(functionals(steps).every(Number.isFinite)).toBe(true)
    }
  })
})

describe('functionals', () => {
  it('are one number for each name, and blind to silence around the speech', () => {
    const speech = audioSteps(hum(2))!
    const quiet = speech.subarray(0, STEP_SIZE).slice().fill(0)
    const padded = new Float32Array(speech.length + 20 * STEP_SIZE)
    for (let t = 0; t < 20; t += 1) padded.set(quiet, t * STEP_SIZE)
    padded.set(speech, 20 * STEP_SIZE)
    const [short, long] = [functionals(speech), functionals(padded)]
    expect(short).toHaveLength(FUNCTIONAL_NAMES.length)
    const mean = FUNCTIONAL_NAMES.indexOf('mean_mfcc1')
    expect(Math.abs(short[mean]! - long[mean]!)).toBeLessThan(0.2 * Math.abs(short[mean]!) + 0.1)
    const share = FUNCTIONAL_NAMES.indexOf('speech_share')
    expect(long[share]!).toBeLessThan(short[share]!)
    expect(short[FUNCTIONAL_NAMES.indexOf('voiced_p95_F0semitone')]).toBeCloseTo(12 * Math.log2(200 / 27.5), 0)
  })
})

describe('varyAudio', () => {
  it('changes the length by the speed', () => {
    const samples = hum(1)
    for (const speed of [0.9, 1, 1.1]) {
      const varied = varyAudio(samples, { ...plain, speed }, createRng(1))
      expect(varied.length / samples.length).toBeCloseTo(1 / speed, 2)
    }
  })

  it('changes the power by the gain and adds noise of the ratio asked for', () => {
    const samples = hum(1)
    fc.assert(
      fc.property(fc.integer({ min: -12, max: 12 }), fc.integer({ min: 5, max: 40 }), (gainDb, noiseDb) => {
        const louder = varyAudio(samples, { ...plain, gainDb }, createRng(1))
        expect(10 * Math.log10(power(louder) / power(samples))).toBeCloseTo(gainDb, 3)
        const noisy = varyAudio(samples, { ...plain, noiseDb }, createRng(1))
        const noise = noisy.map((value, n) => value - samples[n]!)
        expect(Math.abs(10 * Math.log10(power(samples) / power(noise)) - noiseDb)).toBeLessThan(0.2)
      }),
      { numRuns: 10 },
    )
  })

  it('draws within its settings, the same for the same seed', () => {
    const settings = audioVariationSchema.parse({})
    for (let seed = 0; seed < 50; seed += 1) {
      const drawn = drawAudioVariation(settings, createRng(seed))
      expect(settings.speeds).toContain(drawn.speed)
      expect(Math.abs(drawn.gainDb)).toBeLessThanOrEqual(settings.gainDb)
      expect(drawAudioVariation(settings, createRng(seed))).toEqual(drawn)
    }
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDescriptorStream, FRAME_STEP, LONG_FRAME } from '../../../src/encoders/audio/descriptor-stream.ts'
import { DESCRIPTOR_COUNT, DESCRIPTORS } from '../../../src/encoders/audio/lld/descriptors.ts'
import { NO_AMPLITUDE } from '../../../src/encoders/audio/lld/harmonics.ts'
import { cutAt, join, noise, sine, steadyVoice } from '../../support/sounds.ts'

function framesOf(pieces: readonly Float32Array[]): Float64Array[] {
  const stream = createDescriptorStream()
  return [...pieces.flatMap((piece) => stream.push(piece)), ...stream.end()]
}

const column = (frames: readonly Float64Array[], name: (typeof DESCRIPTORS)[number]): number[] =>
  frames.map((frame) => frame[DESCRIPTORS.indexOf(name)]!)

const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

describe('createDescriptorStream', () => {
  const signal = join([
    noise(0.15, 0.01),
    steadyVoice(140, 0.3),
    noise(0.2, 0.05),
    new Float32Array(2000),
    steadyVoice(220, 0.2),
  ])
  const whole = framesOf([signal])

  test('has one frame every 10 ms for which 60 ms are there', () => {
    expect(whole).toHaveLength(Math.floor((signal.length - LONG_FRAME) / FRAME_STEP) + 1)
    for (const frame of whole) expect(frame).toHaveLength(DESCRIPTOR_COUNT)
    for (const length of [0, 1, LONG_FRAME - 1]) expect(framesOf([signal.subarray(0, length)])).toEqual([])
    for (const length of [LONG_FRAME, LONG_FRAME + FRAME_STEP - 1]) {
      expect(framesOf([signal.subarray(0, length)])).toHaveLength(1)
    }
  })

  test('gives the same frames however the sound is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), (shares) => {
        expect(framesOf(cutAt(signal, shares))).toEqual(whole)
      }),
      { numRuns: 15 },
    )
    expect(
      framesOf(
        cutAt(
          signal,
          Array.from({ length: 500 }, (_, k) => k / 500),
        ),
      ),
    ).toEqual(whole)
  })

  test('gives frames while the sound still comes, with a bounded delay', () => {
    const stream = createDescriptorStream()
    let given = 0
    for (let from = 0; from + FRAME_STEP <= signal.length; from += FRAME_STEP) {
      given += stream.push(signal.subarray(from, from + FRAME_STEP)).length
      const possible = Math.floor((from + FRAME_STEP - LONG_FRAME) / FRAME_STEP) + 1
      expect(given).toBe(Math.max(0, possible - 31))
    }
  })

  test('says of a voice what it is', () => {
    const frames = framesOf([steadyVoice(220, 0.6)])
    expect(middle(column(frames, 'F0semitone'))).toBeCloseTo(36, 0) // three octaves over 27.5 Hz
    expect(middle(column(frames, 'jitter'))).toBeLessThan(0.005)
    expect(middle(column(frames, 'HNR'))).toBeGreaterThan(5)
    expect(Math.min(...column(frames, 'F1amp').slice(5, -5))).toBeGreaterThan(NO_AMPLITUDE)
  })

  test('noise and silence are unvoiced and finite', () => {
    for (const sound of [noise(0.5), new Float32Array(8000), new Float32Array(8000).fill(1), sine(7990, 0.5, 1)]) {
      const frames = framesOf([sound])
      expect(frames.flatMap((frame) => [...frame]).every(Number.isFinite)).toBe(true)
    }
    const frames = framesOf([noise(0.5)])
    expect(new Set(column(frames, 'F0semitone'))).toEqual(new Set([0]))
    expect(new Set(column(frames, 'F3amp'))).toEqual(new Set([NO_AMPLITUDE]))
    expect(new Set(column(framesOf([new Float32Array(8000)]), 'loudness'))).toEqual(new Set([0]))
  })

  test('a louder sound is louder and otherwise the same', () => {
    const soft = framesOf([signal.map((sample) => sample / 4)])
    expect(middle(column(soft, 'loudness')) / middle(column(whole, 'loudness'))).toBeCloseTo(16 ** -0.33, 1)
    for (const name of ['F0semitone', 'jitter', 'shimmer', 'HNR', 'F1freq', 'F2amp'] as const) {
      column(soft, name).forEach((value, t) => {
        expect(value, `${name} ${t}`).toBeCloseTo(column(whole, name)[t]!, 3)
      })
    }
  })
})

import { describe, expect, test } from 'vitest'
import { createPitchCandidates } from '../../../../src/encoders/audio/lld/pitch-candidates.ts'
import { createPitchTracker, PITCH_DELAY_FRAMES } from '../../../../src/encoders/audio/lld/pitch-tracker.ts'
import { createSpectrumAnalyser, gaussWindow } from '../../../../src/encoders/audio/spectrum.ts'
import { noise, sine, steadyVoice } from '../../../support/sounds.ts'

const analyser = createSpectrumAnalyser(gaussWindow(960), 1024, 16_000)
const candidatesOf = createPitchCandidates(analyser.bins, analyser.binHz)

function candidates(signal: Float32Array, offset = 3200) {
  return candidatesOf(analyser.power(signal, offset).map(Math.sqrt))
}

function track(signal: Float32Array): number[] {
  const tracker = createPitchTracker()
  const contour: number[] = []
  for (let offset = 0; offset + 960 <= signal.length; offset += 160) {
    const f0 = tracker.push(candidates(signal, offset))
    if (f0 !== undefined) contour.push(f0)
  }
  return [...contour, ...tracker.end()]
}

describe('createPitchCandidates', () => {
  test.each([80, 110, 163, 220, 310, 450])('finds a voice of %i Hz first, to one per cent, and voiced', (hz) => {
    const [best] = candidates(steadyVoice(hz, 0.5))
    expect(Math.abs(best!.hz / hz - 1)).toBeLessThan(0.01)
    expect(best!.voicing).toBeGreaterThan(0.71)
  })

  test('noise has candidates, and none of them voiced', () => {
    for (let offset = 0; offset < 6000; offset += 600) {
      for (const { voicing } of candidates(noise(0.5), offset)) expect(voicing).toBeLessThan(0.71)
    }
  })

  test('does not depend on the level', () => {
    const voiced = steadyVoice(150, 0.5)
    const soft = candidates(voiced.map((sample) => sample / 256))
    candidates(voiced).forEach((candidate, k) => {
      expect(soft[k]!.hz).toBeCloseTo(candidate.hz, 6)
      expect(soft[k]!.voicing).toBeCloseTo(candidate.voicing, 6)
    })
  })

  test('digital silence has no candidate', () => {
    expect(candidates(new Float32Array(8000))).toEqual([])
  })
})

describe('createPitchTracker', () => {
  test('a gliding voice is followed, never by an octave off', () => {
    const contour = track(steadyVoice(120, 0.6))
    expect(contour).toHaveLength(55)
    for (const hz of contour.slice(3, -6)) expect(Math.abs(hz / 120 - 1)).toBeLessThan(0.02)
  })

  test('noise and silence are unvoiced', () => {
    expect(new Set(track(noise(0.5)))).toEqual(new Set([0]))
    expect(new Set(track(new Float32Array(8000)))).toEqual(new Set([0]))
  })

  test('one voiced frame among unvoiced ones is dropped, one octave jump is mended', () => {
    const voiced = (hz: number) => [{ hz, voicing: 0.8 }]
    const run = (frames: ReturnType<typeof voiced>[]): number[] => {
      const tracker = createPitchTracker()
      const contour = frames.map((frame) => tracker.push(frame)).filter((f0) => f0 !== undefined)
      return [...contour, ...tracker.end()]
    }
    expect(run([[], [], voiced(100), [], []])).toEqual([0, 0, 0, 0, 0])
    const jump = [
      { hz: 200, voicing: 0.81 },
      { hz: 100, voicing: 0.8 },
    ]
    expect(run([voiced(100), voiced(100), jump, voiced(100), voiced(100)])).toEqual([100, 100, 100, 100, 100])
  })

  test('decides with a bounded delay', () => {
    const tracker = createPitchTracker()
    const answers = Array.from({ length: 100 }, () => tracker.push([{ hz: 100, voicing: 0.9 }]))
    expect(answers.slice(0, PITCH_DELAY_FRAMES)).toEqual(new Array(PITCH_DELAY_FRAMES).fill(undefined))
    expect(answers.slice(PITCH_DELAY_FRAMES)).toEqual(new Array(100 - PITCH_DELAY_FRAMES).fill(100))
    expect(tracker.end()).toHaveLength(PITCH_DELAY_FRAMES)
  })
})

test('a sine alone is no voice of its subharmonics', () => {
  const [best] = candidates(sine(440, 0.5))
  expect(Math.abs(best!.hz / 440 - 1)).toBeLessThan(0.01)
})

import { readFileSync } from 'node:fs'
import { join as path } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createVoiceActivityDetector, type VoiceActivityDetector } from '../../../../src/encoders/audio/vad/silero.ts'
import { createUtteranceFinder } from '../../../../src/encoders/audio/vad/utterance-finder.ts'
import { decodeAudio } from '../../../../src/encoders/media/decode-audio.ts'
import { expectError } from '../../../support/errors.ts'
import { describeWithShared, SHARED } from '../../../support/shared-data.ts'
import { cutAt, join, noise, sine } from '../../../support/sounds.ts'

let detector: VoiceActivityDetector
beforeAll(async () => {
  detector = await createVoiceActivityDetector()
})
afterAll(() => detector.dispose())

async function probabilities(pieces: readonly Float32Array[]): Promise<number[]> {
  const stream = detector.start()
  const found: number[] = []
  for (const piece of pieces) found.push(...(await stream.push(piece)))
  return found
}

describe('createVoiceActivityDetector', () => {
  test('silence, noise and a tone are no speech', async () => {
    for (const sound of [new Float32Array(32_000), noise(2, 0.05), sine(1000, 2, 0.3)]) {
      expect(Math.max(...(await probabilities([sound])).slice(3))).toBeLessThan(0.5)
    }
  })

  test('gives one probability every 512 samples, however they are cut, and streams do not mix', async () => {
    const sound = join([noise(0.3), sine(200, 0.3), noise(0.3, 0.3, 5)])
    const whole = await probabilities([sound])
    expect(whole).toHaveLength(Math.floor(sound.length / 512))
    const [one, other] = [detector.start(), detector.start()]
    const found: number[] = []
    for (const piece of cutAt(sound, [0.01, 0.1, 0.101, 0.5, 0.77])) {
      found.push(...(await one.push(piece)))
      await other.push(piece.map((sample) => sample * 0.1))
    }
    expect(found).toEqual(whole)
  })

  test('a model that is not there is a coded error', async () => {
    await expectError(() => createVoiceActivityDetector({ model: '/nowhere.onnx' }), 'EMO_FILE_MISSING', 'nowhere.onnx')
  })
})

describeWithShared('data/meeting', 'real conversations', () => {
  /** Which hundredths of a second are speech, by the annotation of speaker turns. */
  function annotated(file: string, recording: string, seconds: number): Uint8Array {
    const frames = new Uint8Array(seconds * 100)
    for (const line of readFileSync(path(SHARED, 'data/meeting', file), 'utf8').split('\n')) {
      const [, name, , start, length] = line.split(/\s+/)
      if (name !== recording) continue
      frames.fill(1, Math.round(Number(start) * 100), Math.round((Number(start) + Number(length)) * 100))
    }
    return frames
  }

  async function compare(wave: string, rttm: string, recording: string): Promise<{ missed: number; invented: number }> {
    const reference = annotated(rttm, recording, 30)
    const found = new Uint8Array(reference.length)
    const finder = createUtteranceFinder(detector, { minSilenceMs: 100 })
    const events = []
    for await (const samples of decodeAudio(path(SHARED, 'data/meeting', wave)).chunks)
      events.push(...(await finder.push(samples)))
    for (const event of [...events, ...finder.end()]) {
      if (event.type === 'end') found.fill(1, Math.floor(event.startMs / 10), Math.ceil(event.endMs / 10))
    }
    const share = (of: (t: number) => boolean): number => reference.filter((_, t) => of(t)).length / reference.length
    return {
      missed: share((t) => reference[t] === 1 && found[t] === 0),
      invented: share((t) => reference[t] === 0 && found[t] === 1),
    }
  }

  test('a telephone call: less than 2 % of the time missed, less than 2 % invented', async () => {
    const { missed, invented } = await compare('sample.wav', 'sample.rttm', 'sample')
    expect(missed).toBeLessThan(0.02)
    expect(invented).toBeLessThan(0.02)
  })

  test('a meeting over a distant microphone: less than 20 % missed, nothing invented', async () => {
    const { missed, invented } = await compare('trn03.wav', 'debug.train.rttm', 'trn03')
    expect(missed).toBeLessThan(0.2)
    expect(invented).toBeLessThan(0.02)
  })
})

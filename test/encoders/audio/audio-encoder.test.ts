import { readFileSync } from 'node:fs'
import { join as path } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AudioEncoding, createAudioEncoder } from '../../../src/encoders/audio/audio-encoder.ts'
import { calibrate, loadCalibration } from '../../../src/encoders/audio/calibration.ts'
import { iemocapChannel } from '../../../src/encoders/audio/iemocap-channel.ts'
import { createLogMelStream } from '../../../src/encoders/audio/log-mel.ts'
import { decodeAudio } from '../../../src/encoders/media/decode-audio.ts'
import { expectError } from '../../support/errors.ts'
import { describeWithShared, SHARED } from '../../support/shared-data.ts'
import { cutAt, join, noise, steadyVoice } from '../../support/sounds.ts'

const encoder = createAudioEncoder()
const speech = join([noise(0.2, 0.01), steadyVoice(140, 0.4), noise(0.2, 0.02), steadyVoice(180, 0.3)])

function features(encoding: AudioEncoding): Float32Array {
  if (!('features' in encoding)) throw new Error(encoding.reason)
  return encoding.features
}

describe('createAudioEncoder', () => {
  test('gives 47 finite features, one a column', () => {
    const vector = features(encoder.encode(speech))
    expect([vector.length, encoder.columns.length]).toEqual([encoder.size, 47])
    expect(vector.every((value) => Number.isFinite(value))).toBe(true)
  })

  test('a stream and a batch give the same, and utterances do not disturb each other', () => {
    const whole = encoder.encode(speech)
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 10 }), (shares) => {
        const [one, other] = [encoder.start(), encoder.start()]
        for (const piece of cutAt(speech, shares)) {
          one.push(piece)
          other.push(piece.map((sample) => -sample / 2))
        }
        expect(one.end()).toEqual(whole)
      }),
      { numRuns: 10 },
    )
  })

  test('a copy is the encoding of what was pushed, changes nothing, and goes its own way', () => {
    const whole = encoder.encode(speech)
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }), (shares) => {
        const utterance = encoder.start()
        const copies = []
        let position = 0
        for (const piece of cutAt(speech, shares)) {
          copies.push({ position, copy: utterance.copy() })
          utterance.push(piece)
          position += piece.length
          expect(utterance.copy().end()).toEqual(encoder.encode(speech.subarray(0, position)))
        }
        const other = utterance.copy()
        other.push(noise(0.5, 0.2))
        expect(utterance.end()).toEqual(whole)
        for (const { position: from, copy } of copies) {
          copy.push(speech.subarray(from))
          expect(copy.end()).toEqual(whole)
        }
      }),
      { numRuns: 8 },
    )
  })

  test('says why an utterance has no features', () => {
    expect(encoder.encode(new Float32Array(0))).toMatchObject({ missing: 'no-audio' })
    expect(encoder.encode(speech.subarray(0, 1590))).toMatchObject({ missing: 'too-short', durationMs: 99 })
    expect(encoder.encode(speech.subarray(0, 800))).toMatchObject({ missing: 'too-short', durationMs: 50 })
    expect(encoder.encode(new Float32Array(16_000))).toMatchObject({ missing: 'silent', durationMs: 1000 })
    expect(encoder.encode(noise(1, 1e-5))).toMatchObject({ missing: 'silent' })
  })

  test('samples that are no numbers, clipping and offsets give finite features', () => {
    const damaged = speech.map((sample, n) => (n % 1000 === 7 ? Number.NaN : sample))
    damaged[5] = Number.NEGATIVE_INFINITY
    const clipped = speech.map((sample) => Math.max(-1, Math.min(1, sample * 50)))
    for (const sound of [damaged, clipped, new Float32Array(16_000).fill(0.5)]) {
      expect(features(encoder.encode(sound)).every((value) => Number.isFinite(value))).toBe(true)
    }
  })
})

describe('calibration', () => {
  test('puts the features on the published scale by the shipped lines', () => {
    const calibration = loadCalibration()
    const plain = features(encoder.encode(speech))
    const calibrated = createAudioEncoder({ calibration })
    expect(features(calibrated.encode(speech))).toEqual(calibrate(plain, calibration))
    expect(calibrated.name).not.toBe(encoder.name)
  })

  test('a file that is none is a coded error', async () => {
    await expectError(() => loadCalibration('/nowhere.json'), 'EMO_FILE_MISSING')
    await expectError(() => loadCalibration(path(import.meta.dirname, '../../../package.json')), 'EMO_FILE_FORMAT')
  })
})

test('iemocapChannel: the actor of the session name is on the left', async () => {
  expect(['Ses01F_impro02_F011', 'Ses05M_script01_1_M002', 'Ses03M_script01_1b_M002'].map(iemocapChannel)).toEqual([
    0, 0, 0,
  ])
  expect(['Ses01F_impro02_M011', 'Ses05M_script01_1_F002'].map(iemocapChannel)).toEqual([1, 1])
  await expectError(() => iemocapChannel('dia0_utt0'), 'EMO_FILE_FORMAT', 'dia0_utt0')
})

test('log-mel frames and statistics do not depend on how the sound is cut', () => {
  const run = (pieces: readonly Float32Array[]): Float64Array[] => {
    const stream = createLogMelStream()
    return [...pieces.flatMap((piece) => stream.push(piece)), stream.statistics()]
  }
  const whole = run([speech])
  expect(whole.slice(0, -1)).toHaveLength(Math.floor((speech.length - 400) / 160) + 1)
  expect(whole.at(-1)).toHaveLength(80)
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }), (shares) => {
      expect(run(cutAt(speech, shares))).toEqual(whole)
    }),
    { numRuns: 10 },
  )
})

describeWithShared('data/iemocap_clips', 'held against the published features', () => {
  /** Columns whose definitions agree with the published ones: within this many of their deviations on every clip. */
  const CLOSE = { gemaps_mean_loudness: 0.5, gemaps_mean_alphaRatio: 0.4, gemaps_mean_HNR: 0.4, gemaps_silence: 0.5 }

  test('four columns of five clips', async () => {
    const { columns, rows_all: rows } = JSON.parse(
      readFileSync(path(SHARED, 'data/iemocap/audio66_columns.json'), 'utf8'),
    ) as { columns: string[]; rows_all: string[] }
    const bytes = readFileSync(path(SHARED, 'data/iemocap/audio66_all10039.f32'))
    const ids = [
      'Ses01F_impro01_M002',
      'Ses01F_impro04_F027',
      'Ses01M_impro05_M026',
      'Ses01M_script02_1_F001',
      'Ses01M_impro07_M032',
    ]
    for (const id of ids) {
      const utterance = encoder.start()
      const file = path(SHARED, 'data/iemocap_clips', `${id}.mp4`)
      for await (const samples of decodeAudio(file, { channel: iemocapChannel(id) }).chunks) utterance.push(samples)
      const ours = features(utterance.end())
      for (const [name, tolerance] of Object.entries(CLOSE)) {
        const k = columns.indexOf(name)
        const values = rows.map((_, row) => bytes.readFloatLE(4 * (row * columns.length + k)))
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length
        const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
        expect(Math.abs(ours[k]! - values[rows.indexOf(id)]!) / deviation, `${id} ${name}`).toBeLessThan(tolerance)
      }
    }
  })
})

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as path } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { explainReport } from '../../../src/encoders/media/decode-report.ts'
import { decodeWhole as decode } from '../../../src/encoders/media/decode-whole.ts'
import { loadMediaLibrary } from '../../../src/encoders/media/media-library.ts'
import { SAMPLE_RATE } from '../../../src/encoders/media/resampler.ts'
import { CONTAINERS, type Container, encodeMedia } from '../../support/encode-media.ts'
import { expectError } from '../../support/errors.ts'
import { describeWithShared, SHARED } from '../../support/shared-data.ts'
import { noise, sine } from '../../support/sounds.ts'
import { wav } from '../../support/wav.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path(tmpdir(), 'emograph-media-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, bytes: Uint8Array): string {
  const full = path(folder, name)
  writeFileSync(full, bytes)
  return full
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
}

describe('WAV and raw samples', () => {
  test('a file and a stream of its bytes give the same sound at 16 kHz', async () => {
    const bytes = wav([sine(440, 0.3, 0.5, 44_100), sine(440, 0.3, 0.25, 44_100)], {
      encoding: 's24',
      sampleRate: 44_100,
    })
    const { samples, report } = await decode(file('tone.wav', bytes))
    expect(report).toMatchObject({ decoder: 'wav', sampleRate: 44_100, channels: 2, durationMs: 300, truncated: false })
    expect(explainReport(report)).toEqual([])
    const ideal = sine(440, 0.3, 0.375) // the mean of both
    for (let n = 200; n < samples.length - 200; n += 1) expect(samples[n]).toBeCloseTo(ideal[n]!, 3)
    expect((await decode(pieces(bytes, 777))).samples).toEqual(samples)
  })

  test('one channel of several', async () => {
    const [left, right] = [sine(300, 0.1), sine(500, 0.1)]
    const name = file('stereo.wav', wav([left, right], { encoding: 'f32' }))
    expect((await decode(name, { channel: 1 })).samples).toEqual(right)
    expect((await decode(name, { channel: 0 })).samples).toEqual(left)
    expect((await decode(name, { channel: 7 })).samples).toEqual(right)
  })

  test('raw s16le, an odd byte at every cut', async () => {
    const signal = Float32Array.from(sine(300, 0.05), (sample) => (Math.round(sample * 32768) + 0) / 32768)
    const raw = Buffer.from(Int16Array.from(signal, (sample) => sample * 32768).buffer)
    expect((await decode(pieces(raw, 333), { format: 's16le' })).samples).toEqual(signal)
    expect((await decode(file('raw.pcm', raw), { format: 's16le' })).samples).toEqual(signal)
  })

  test('numbers that are none, clipping and silence are counted, repaired and explained', async () => {
    const damaged = sine(300, 0.1)
    damaged.set([Number.NaN, Number.POSITIVE_INFINITY, 1e30], 100)
    damaged.fill(1, 200, 210)
    const { samples, report } = await decode(file('damaged.wav', wav([damaged], { encoding: 'f32' })))
    expect(samples.every((sample) => Number.isFinite(sample))).toBe(true)
    expect(report).toMatchObject({ invalidSamples: 3, clippedSamples: 10 })
    expect(explainReport(report)).toEqual([expect.stringContaining('3 samples'), expect.stringContaining('10 samples')])
    const silent = await decode(file('silent.wav', wav([new Float32Array(1600)], { encoding: 's16' })))
    expect(explainReport(silent.report)).toEqual(['the sound is digital silence'])
  })

  test('a truncated file gives what it holds and says so', async () => {
    const bytes = wav([sine(300, 1)], { encoding: 's16' })
    const { samples, report } = await decode(file('cut.wav', bytes.subarray(0, 16_044)))
    expect(samples).toHaveLength(8000)
    expect(explainReport(report)).toEqual(['the file ends early: 500 ms could be read'])
  })

  test('what is no sound is a coded error', async () => {
    await expectError(() => decode(path(folder, 'nowhere.wav')), 'EMO_FILE_MISSING', 'nowhere.wav')
    await expectError(() => decode(folder), 'EMO_FILE_MISSING', 'a folder')
    await expectError(() => decode(file('empty.wav', Buffer.alloc(0))), 'EMO_AUDIO_EMPTY', 'empty')
    await expectError(
      () => decode(file('none.wav', wav([new Float32Array(0)], { encoding: 's16' }))),
      'EMO_AUDIO_EMPTY',
    )
    const rate = wav([new Float32Array(9)], { encoding: 's16', sampleRate: 0 })
    await expectError(() => decode(file('rate.wav', rate)), 'EMO_AUDIO_FORMAT', 'rate.wav', '384000 Hz, got 0')
    await expectError(() => decode(pieces(Buffer.from('no sound at all, but words'), 5)), 'EMO_AUDIO_FORMAT')
    await expectError(() => decode(pieces(Buffer.alloc(0), 5), { format: 's16le' }), 'EMO_AUDIO_EMPTY')
  })
})

const library = await loadMediaLibrary()
const title = library ? 'compressed media by the library' : 'compressed media by the library [skipped: no node-av]'

describe.skipIf(!library)(title, () => {
  /** Best correlation of the decoded tone with a sine of its frequency: 1 for the tone itself, whatever the delay. */
  function likeness(samples: Float32Array, hz: number): number {
    let [sin, cos, energy] = [0, 0, 0]
    samples.forEach((sample, n) => {
      const phase = (2 * Math.PI * hz * n) / SAMPLE_RATE
      sin += sample * Math.sin(phase)
      cos += sample * Math.cos(phase)
      energy += sample * sample
    })
    return Math.sqrt(((sin * sin + cos * cos) * 2) / (samples.length * energy))
  }

  test.each(Object.keys(CONTAINERS) as Container[])('%s', async (container) => {
    const name = path(folder, `tone.${container}`)
    await encodeMedia(name, container, sine(440, 1, 0.5, CONTAINERS[container].rate))
    const { samples, report } = await decode(name, { decoder: 'library' })
    expect(report).toMatchObject({ decoder: 'library', channels: 1, damagedPackets: 0, truncated: false, missingMs: 0 })
    expect(Math.abs(report.durationMs - 1000)).toBeLessThan(60)
    expect(likeness(samples.subarray(4000, 12_000), 440)).toBeGreaterThan(0.99)
  })

  test.each(['flac', 'avi', 'webm'] as const)(
    'a %s file cut in the middle gives its first half and says so',
    async (container) => {
      const name = path(folder, `whole.${container}`)
      const { rate } = CONTAINERS[container]
      await encodeMedia(name, container, noise(2, 0.1, 5, rate))
      const bytes = readFileSync(name)
      const { samples, report } = await decode(file(`half.${container}`, bytes.subarray(0, bytes.length / 2)))
      expect(samples.length).toBeGreaterThan(0.7 * SAMPLE_RATE)
      expect(samples.length).toBeLessThan(1.3 * SAMPLE_RATE)
      expect(samples.every((sample) => Number.isFinite(sample))).toBe(true)
      expect(explainReport(report)).not.toEqual([])
    },
  )

  test('an MP4 whose index is cut off, and bytes that are no media, are coded errors', async () => {
    const name = path(folder, 'index.mp4')
    await encodeMedia(name, 'mp4', noise(1, 0.1, 5, 22_050))
    const bytes = readFileSync(name)
    await expectError(
      () => decode(file('half.mp4', bytes.subarray(0, bytes.length / 2))),
      'EMO_AUDIO_FORMAT',
      'half.mp4',
    )
    await expectError(() => decode(file('words.mp4', Buffer.from('words, not sound. '.repeat(99)))), 'EMO_AUDIO_FORMAT')
  })

  test('a playlist or script that names other files is not opened', async () => {
    const sound = file('private.wav', wav([sine(440, 1)], { encoding: 's16' }))
    const playlist = `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\n${sound}\n#EXT-X-ENDLIST\n`
    for (const [name, text] of [
      ['list.m3u8', playlist],
      ['list.mp4', playlist],
      ['list.ffconcat', `ffconcat version 1.0\nfile '${sound}'\n`],
    ] as const) {
      await expectError(() => decode(file(name, Buffer.from(text))), 'EMO_AUDIO_FORMAT', name)
    }
  })

  test('damage in the middle never crashes and never leaves a NaN', async () => {
    for (const container of Object.keys(CONTAINERS) as Container[]) {
      const name = path(folder, `good.${container}`)
      await encodeMedia(name, container, noise(0.5, 0.1, 7, CONTAINERS[container].rate))
      for (const share of [0.2, 0.5, 0.8]) {
        const bytes = readFileSync(name)
        const at = Math.floor(bytes.length * share)
        bytes.fill(0x5a, at, at + 200)
        try {
          const { samples } = await decode(file(`bad.${container}`, bytes))
          expect(samples.every((sample) => Number.isFinite(sample))).toBe(true)
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^EMO_AUDIO_/) })
        }
      }
    }
  })
})

describeWithShared('data/ravdess', 'real files', () => {
  test('a FLAC of RAVDESS and a clip of IEMOCAP', async () => {
    const flac = readdirSync(path(SHARED, 'data/ravdess')).find((name) => name.endsWith('.flac'))!
    const speech = await decode(path(SHARED, 'data/ravdess', flac))
    expect(speech.report).toMatchObject({ sampleRate: 16_000, channels: 1, missingMs: 0, damagedPackets: 0 })
    const clip = await decode(path(SHARED, 'data/iemocap_clips/Ses01F_impro01_M002.mp4'))
    expect(clip.report).toMatchObject({ sampleRate: 22_050, channels: 2, missingMs: 0, damagedPackets: 0 })
  })
})

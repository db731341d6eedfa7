import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AudioBlock, PCM_BYTES, PCM_ENCODINGS } from '../../../src/encoders/media/audio-block.ts'
import { createWavParser } from '../../../src/encoders/media/wav-parser.ts'
import { expectError } from '../../support/errors.ts'
import { join, noise } from '../../support/sounds.ts'
import { wav } from '../../support/wav.ts'

function parse(
  bytes: Uint8Array,
  cuts: readonly number[] = [],
): { channels: Float32Array[]; sampleRate: number; truncated: boolean } {
  const parser = createWavParser()
  const edges = [0, ...[...cuts].sort((a, b) => a - b), bytes.length]
  const blocks: AudioBlock[] = []
  for (let k = 1; k < edges.length; k += 1) blocks.push(...parser.push(bytes.subarray(edges[k - 1], edges[k])))
  const { truncated } = parser.end()
  const count = blocks[0]?.channels.length ?? 0
  return {
    channels: Array.from({ length: count }, (_, c) => join(blocks.map((block) => block.channels[c]!))),
    sampleRate: blocks[0]?.sampleRate ?? 0,
    truncated,
  }
}

const STEREO = [noise(0.005, 0.2, 1), noise(0.005, 0.2, 2)]

describe('createWavParser', () => {
  test('reads every encoding, however the bytes are cut and whatever chunks come before the data', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PCM_ENCODINGS),
        fc.boolean(),
        fc.array(fc.tuple(fc.constantFrom('LIST', 'fact', 'bext'), fc.nat(40)), { maxLength: 3 }),
        fc.array(fc.nat(2000), { maxLength: 6 }),
        (encoding, extensible, chunks, cuts) => {
          const bytes = wav(STEREO, { encoding, extensible, chunks, sampleRate: 22_050 })
          const result = parse(
            bytes,
            cuts.map((cut) => cut % bytes.length),
          )
          expect(result).toMatchObject({ sampleRate: 22_050, truncated: false })
          const tolerance = { u8: 2 ** -7, s16: 2 ** -15, s24: 2 ** -23, s32: 2 ** -24, f32: 0, f64: 0 }[encoding]
          STEREO.forEach((samples, c) => {
            expect(result.channels[c]).toHaveLength(samples.length)
            samples.forEach((sample, n) => {
              expect(Math.abs(result.channels[c]![n]! - sample)).toBeLessThanOrEqual(tolerance)
            })
          })
        },
      ),
      { numRuns: 60 },
    )
  })

  test.each([0, 0xffffffff])('takes a data size of %i as unknown: the sound ends with the stream', (declaredSize) => {
    const result = parse(wav(STEREO, { encoding: 's16', declaredSize }))
    expect(result.truncated).toBe(false)
    expect(result.channels[0]).toHaveLength(STEREO[0]!.length)
  })

  test('stops at the end of the data, whatever follows', () => {
    const bytes = Buffer.concat([wav(STEREO, { encoding: 's16' }), Buffer.from('LIST'), Buffer.alloc(400, 1)])
    expect(parse(bytes).channels[0]).toHaveLength(STEREO[0]!.length)
  })

  test.each(PCM_ENCODINGS)('a truncated %s file gives its whole frames and says so', (encoding) => {
    const bytes = wav(STEREO, { encoding })
    const result = parse(bytes.subarray(0, bytes.length - PCM_BYTES[encoding] * 2 * 10 - 1))
    expect(result.truncated).toBe(true)
    expect(result.channels[1]).toHaveLength(STEREO[0]!.length - 11)
  })

  test('no bytes, however broken, give anything but samples or EMO_AUDIO_FORMAT', () => {
    const good = wav(STEREO, { encoding: 's16' })
    fc.assert(
      fc.property(fc.nat(60), fc.uint8Array({ maxLength: 60 }), fc.nat(good.length), (at, damage, length) => {
        const bytes = Buffer.from(good)
        bytes.set(damage.subarray(0, bytes.length - at), at)
        try {
          for (const samples of parse(bytes.subarray(0, length)).channels) expect(samples).toBeInstanceOf(Float32Array)
        } catch (error) {
          expect(error).toMatchObject({ code: 'EMO_AUDIO_FORMAT' })
        }
      }),
      { numRuns: 300 },
    )
  })

  test.each([
    ['other bytes', Buffer.from('this is a text and not a sound'), 'RIFF/WAVE'],
    ['an encoding that is none of ours', wav(STEREO, { encoding: 's16', tag: 0x55 }), 'format tag 85'],
    ['a header that is cut off', wav(STEREO, { encoding: 's16' }).subarray(0, 30), 'data chunk'],
    ['no bytes at all', Buffer.alloc(0), 'data chunk'],
    ['more channels than there are', wav(new Array(65).fill(new Float32Array(2)), { encoding: 's16' }), '64 channels'],
  ])('refuses %s', async (_, bytes, message) => {
    await expectError(() => parse(bytes), 'EMO_AUDIO_FORMAT', message)
  })
})

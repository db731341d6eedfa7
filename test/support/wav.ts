import type { PcmEncoding } from '../../src/encoders/media/audio-block.ts'
import { PCM_BYTES } from '../../src/encoders/media/audio-block.ts'

export interface WavOptions {
  readonly encoding: PcmEncoding
  readonly sampleRate?: number
  readonly extensible?: boolean
  /** Further chunks before the data: name and length of the body. */
  readonly chunks?: ReadonlyArray<readonly [string, number]>
  /** What the data chunk says its size is, instead of the truth. */
  readonly declaredSize?: number
  readonly tag?: number
}

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1')

/** Writes planar samples as the bytes of a WAVE file. */
export function wav(channels: readonly Float32Array[], options: WavOptions): Buffer {
  const { encoding, sampleRate = 16_000, extensible = false, chunks = [] } = options
  const width = PCM_BYTES[encoding]
  const frames = channels[0]!.length
  const data = Buffer.alloc(frames * channels.length * width)
  for (let n = 0; n < frames; n += 1) {
    for (const [c, samples] of channels.entries()) write(data, (n * channels.length + c) * width, samples[n]!, encoding)
  }
  const format = Buffer.alloc(extensible ? 40 : 16)
  const tag = options.tag ?? (encoding.startsWith('f') ? 3 : 1)
  format.writeUInt16LE(extensible ? 0xfffe : tag, 0)
  format.writeUInt16LE(channels.length, 2)
  format.writeUInt32LE(sampleRate, 4)
  format.writeUInt32LE(sampleRate * channels.length * width, 8)
  format.writeUInt16LE(channels.length * width, 12)
  format.writeUInt16LE(width * 8, 14)
  if (extensible) {
    format.writeUInt16LE(22, 16)
    format.writeUInt16LE(width * 8, 18)
    format.writeUInt16LE(tag, 24)
  }
  const body = Buffer.concat([
    chunk('fmt ', format),
    ...chunks.map(([name, size]) => chunk(name, Buffer.alloc(size, 0x55))),
    chunk('data', data, options.declaredSize),
  ])
  const riff = Buffer.alloc(4)
  riff.writeUInt32LE(4 + body.length)
  return Buffer.concat([ascii('RIFF'), riff, ascii('WAVE'), body])
}

function chunk(name: string, body: Buffer, declared?: number): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32LE(declared ?? body.length)
  return Buffer.concat([ascii(name), size, body, Buffer.alloc(body.length % 2)])
}

function write(data: Buffer, offset: number, sample: number, encoding: PcmEncoding): void {
  const integer = (bits: number): number =>
    Math.max(-(2 ** (bits - 1)), Math.min(2 ** (bits - 1) - 1, Math.round(sample * 2 ** (bits - 1))))
  if (encoding === 'u8') data.writeUInt8(integer(8) + 128, offset)
  else if (encoding === 's16') data.writeInt16LE(integer(16), offset)
  else if (encoding === 's24') data.writeIntLE(integer(24), offset, 3)
  else if (encoding === 's32') data.writeInt32LE(integer(32), offset)
  else if (encoding === 'f32') data.writeFloatLE(sample, offset)
  else data.writeDoubleLE(sample, offset)
}

/** A stretch of decoded sound as it lies in the file: planar, full scale 1, at the file's own rate. */
export interface AudioBlock {
  readonly sampleRate: number
  /** One array a channel, all of the same length. */
  readonly channels: readonly Float32Array[]
}

/** How samples lie in bytes. */
export const PCM_ENCODINGS = ['u8', 's16', 's24', 's32', 'f32', 'f64'] as const
export type PcmEncoding = (typeof PCM_ENCODINGS)[number]

export const PCM_BYTES: Readonly<Record<PcmEncoding, number>> = { u8: 1, s16: 2, s24: 3, s32: 4, f32: 4, f64: 8 }

type Reader = (view: DataView, offset: number) => number

/** Little-endian readers to full scale 1. */
const READERS: Readonly<Record<PcmEncoding, Reader>> = {
  u8: (view, offset) => (view.getUint8(offset) - 128) / 128,
  s16: (view, offset) => view.getInt16(offset, true) / 0x8000,
  s24: (view, offset) => (view.getUint16(offset, true) + (view.getInt8(offset + 2) << 16)) / 0x800000,
  s32: (view, offset) => view.getInt32(offset, true) / 0x80000000,
  f32: (view, offset) => view.getFloat32(offset, true),
  f64: (view, offset) => view.getFloat64(offset, true),
}

/** Whole frames of interleaved little-endian PCM as planar samples; bytes beyond the last whole frame are ignored. */
export function deinterleave(bytes: Uint8Array, encoding: PcmEncoding, channels: number): Float32Array[] {
  const width = PCM_BYTES[encoding]
  const frames = Math.floor(bytes.length / (width * channels))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const read = READERS[encoding]
  return Array.from({ length: channels }, (_, channel) => {
    const samples = new Float32Array(frames)
    for (let n = 0; n < frames; n += 1) samples[n] = read(view, (n * channels + channel) * width)
    return samples
  })
}

/** The mean of all channels, or one of them (from 0); a channel that is not there falls back to the last. */
export function toMono(channels: readonly Float32Array[], channel: number | 'mix'): Float32Array {
  if (channels.length === 1) return channels[0]!
  if (channel !== 'mix') return channels[Math.min(channel, channels.length - 1)]!
  const mono = new Float32Array(channels[0]!.length)
  for (const samples of channels) for (let n = 0; n < mono.length; n += 1) mono[n]! += samples[n]! / channels.length
  return mono
}

import { EmographError } from '../../errors.ts'
import { type AudioBlock, deinterleave, PCM_BYTES, type PcmEncoding } from './audio-block.ts'

/** Format tags of RFC 2361; WAVE_FORMAT_EXTENSIBLE carries the true tag in the first two bytes of its GUID. */
const TAG_PCM = 1
const TAG_FLOAT = 3
const TAG_EXTENSIBLE = 0xfffe
/** Sizes that a writer leaves when it cannot know the length of its data: the data ends with the stream. */
const UNKNOWN_SIZES = new Set([0, 0xffffffff])
const MAX_FORMAT_BYTES = 4096

interface Format {
  readonly encoding: PcmEncoding
  readonly channels: number
  readonly sampleRate: number
}

export interface WavParser {
  /** Bytes in; what they hold of sound out. Errors `EMO_AUDIO_FORMAT`. */
  push(bytes: Uint8Array): AudioBlock[]
  /** Says whether the file ended before its header said. Error `EMO_AUDIO_FORMAT` where no sound could begin. */
  end(): { readonly truncated: boolean }
}

/**
 * Streaming parser of RIFF/WAVE (and RF64 for files over 4 GB, EBU Tech 3306): PCM of 8, 16, 24 and 32 bits, IEEE float
 * of 32 and 64, WAVE_FORMAT_EXTENSIBLE, chunks of any size in any order before the data, odd sizes with their padding
 * byte, and data of unknown length. Holds no more than a header or one frame of samples back.
 */
export function createWavParser(file?: string): WavParser {
  let pending = new Uint8Array(0)
  let format: Format | undefined
  let stage: 'riff' | 'chunk' | 'skip' | 'data' | 'done' = 'riff'
  let remaining = 0 // bytes left of the chunk that is skipped or read
  let endless = false

  const wrong = (expected: string, got: string): EmographError =>
    new EmographError('EMO_AUDIO_FORMAT', { expected, got, ...(file === undefined ? {} : { file }) })

  function riff(view: DataView): number {
    const tag = ascii(view, 0)
    if ((tag !== 'RIFF' && tag !== 'RF64') || ascii(view, 8) !== 'WAVE')
      throw wrong('a RIFF/WAVE header', 'other bytes')
    stage = 'chunk'
    return 12
  }

  /** Reads a chunk's header and, for "fmt ", its body. Returns the bytes used, 0 where more are needed. */
  function chunk(view: DataView): number {
    const name = ascii(view, 0)
    const size = view.getUint32(4, true)
    if (name === 'data') {
      if (!format) throw wrong('a "fmt " chunk before the data', 'none')
      stage = 'data'
      endless = UNKNOWN_SIZES.has(size)
      remaining = endless ? Number.POSITIVE_INFINITY : size
      return 8
    }
    if (name === 'fmt ') {
      if (size < 16 || size > MAX_FORMAT_BYTES) throw wrong('a "fmt " chunk of 16 to 4096 bytes', `${size}`)
      if (view.byteLength < 8 + size + (size % 2)) return 0
      format = readFormat(new DataView(view.buffer, view.byteOffset + 8, size))
      return 8 + size + (size % 2)
    }
    stage = 'skip'
    remaining = size + (size % 2)
    return 8
  }

  function readFormat(view: DataView): Format {
    const channels = view.getUint16(2, true)
    const sampleRate = view.getUint32(4, true)
    const bits = view.getUint16(14, true)
    const given = view.getUint16(0, true)
    const tag = given === TAG_EXTENSIBLE && view.byteLength >= 26 ? view.getUint16(24, true) : given
    const name = tag === TAG_FLOAT ? `f${bits}` : bits === 8 ? 'u8' : `s${bits}`
    if ((tag !== TAG_PCM && tag !== TAG_FLOAT) || !(name in PCM_BYTES)) {
      throw wrong('PCM of 8, 16, 24 or 32 bits or float of 32 or 64', `format tag ${tag} of ${bits} bits`)
    }
    if (channels < 1 || channels > 64) throw wrong('1 to 64 channels', `${channels}`)
    return { encoding: name as PcmEncoding, channels, sampleRate }
  }

  function data(blocks: AudioBlock[]): boolean {
    const { encoding, channels, sampleRate } = format!
    const frame = PCM_BYTES[encoding] * channels
    const usable = Math.min(pending.length, remaining)
    const whole = usable - (usable % frame)
    if (whole > 0) {
      blocks.push({ sampleRate, channels: deinterleave(pending.subarray(0, whole), encoding, channels) })
      pending = pending.subarray(whole)
      remaining -= whole
    }
    if (remaining >= frame) return false
    stage = 'done' // what follows the data, chunks or a broken last frame, is no sound
    return true
  }

  /** Advances as far as the pending bytes allow; false when more are needed. */
  function advance(blocks: AudioBlock[]): boolean {
    const view = new DataView(pending.buffer, pending.byteOffset, pending.byteLength)
    if (stage === 'done') {
      pending = new Uint8Array(0)
      return false
    }
    if (stage === 'data') return data(blocks)
    if (stage === 'skip') {
      const count = Math.min(remaining, pending.length)
      pending = pending.subarray(count)
      remaining -= count
      if (remaining > 0) return false
      stage = 'chunk'
      return true
    }
    const header = stage === 'riff' ? 12 : 8
    if (pending.length < header) return false
    const used = stage === 'riff' ? riff(view) : chunk(view)
    pending = pending.subarray(used)
    return used > 0
  }

  return {
    push(bytes) {
      const joined = new Uint8Array(pending.length + bytes.length)
      joined.set(pending)
      joined.set(bytes, pending.length)
      pending = joined
      const blocks: AudioBlock[] = []
      while (advance(blocks)) {}
      return blocks
    },
    end() {
      if (stage !== 'data' && stage !== 'done')
        throw wrong('a WAVE file with a data chunk', 'the end of the file before it')
      return { truncated: stage === 'data' && !endless }
    },
  }
}

function ascii(view: DataView, offset: number): string {
  return String.fromCharCode(...Array.from({ length: 4 }, (_, k) => view.getUint8(offset + k)))
}

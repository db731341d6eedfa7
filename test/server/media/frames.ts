import fc from 'fast-check'
import sharp from 'sharp'
import type { AudioEncoder, AudioEncoding, AudioUtterance } from '../../../src/encoders/audio/audio-encoder.ts'
import type { VoiceActivityDetector } from '../../../src/encoders/audio/vad/silero.ts'
import { join } from '../../support/sounds.ts'

export interface Stamped {
  readonly startMs: number
  readonly samples: Int16Array
}

/** Lengths of the pieces of a stream. */
export const pieces = ({ least, most, count = 60 }: { least: number; most: number; count?: number }) =>
  fc.array(fc.integer({ min: least, max: most }), { minLength: 1, maxLength: count })

/** In the order in which they come when each is held up by a delay (ms) of its own: the end of a frame plus that. */
export function jitter<T extends Stamped>(frames: readonly T[], delays: Iterator<number>): T[] {
  return frames
    .map((frame, k) => ({ frame, k, at: frame.startMs + frame.samples.length / 16 + Number(delays.next().value) }))
    .sort((a, b) => a.at - b.at || a.k - b.k)
    .map(({ frame }) => frame)
}

/** An encoder whose features are the samples that it was given: what reached it can be read off. */
export function createSampleEncoder(): AudioEncoder {
  const utteranceOf = (given: readonly Float32Array[]): AudioUtterance => {
    const pushed = [...given]
    const result = (): AudioEncoding => {
      const features = join(pushed)
      if (features.length === 0) return { missing: 'no-audio', reason: '', durationMs: 0 }
      return { features, durationMs: features.length / 16 }
    }
    return { push: (more) => pushed.push(more), end: result, copy: () => utteranceOf(pushed) }
  }
  const start = () => utteranceOf([])
  return {
    name: 'samples',
    size: 0,
    columns: [],
    start,
    encode(samples) {
      const utterance = start()
      utterance.push(samples)
      return utterance.end()
    },
  }
}

/** Sound whose every sample says its place, as the encoder gets it. */
export const placed = (from: number, to: number): Int16Array =>
  Int16Array.from({ length: to - from }, (_, k) => ((from + k) % 60_013) - 30_006)
/** Equality of long arrays, which `toEqual` takes seconds for. */
export const sameBytes = (a: Float32Array, b: Float32Array): boolean =>
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength))

export const asFloats = (samples: Int16Array): Float32Array => Float32Array.from(samples, (value) => value / 32_768)

/** A JPEG of one grey, which the fake visual encoder sees: 0 is no face. */
export async function greyJpeg(brightness: number): Promise<Uint8Array> {
  const grey = { r: brightness, g: brightness, b: brightness }
  return sharp({ create: { width: 8, height: 8, channels: 3, background: grey } })
    .jpeg()
    .toBuffer()
}

/** A detector that hears speech wherever a step of 32 ms is not silent; its state is what is left of a step. */
export function createLoudnessDetector(): VoiceActivityDetector {
  return {
    start() {
      let rest: number[] = []
      return {
        async push(samples) {
          rest.push(...samples)
          const steps = Math.floor(rest.length / 512)
          const probabilities = Array.from({ length: steps }, (_, k) =>
            rest.slice(512 * k, 512 * (k + 1)).filter((sample) => sample !== 0).length > 256 ? 0.9 : 0.05,
          )
          rest = rest.slice(512 * steps)
          return probabilities
        },
      }
    },
    dispose: async () => {},
  }
}

import { createHash } from 'node:crypto'
import type { TextEncoder } from './text-encoder.ts'

export interface FakeTextEncoder extends TextEncoder {
  /** How many texts it has been given: what a test of caching asks. */
  readonly encoded: number
}

/**
 * A test double: no weights, the same unit vector [size] for the same text every time, drawn from the text's digest.
 * Its vectors mean nothing.
 */
export function createFakeTextEncoder(options: { readonly size?: number } = {}): FakeTextEncoder {
  const { size = 8 } = options
  let encoded = 0
  const encodeOne = (text: string): Float32Array => {
    const raw = Float32Array.from({ length: size }, (_, i) => {
      const digest = createHash('sha256').update(`${i} ${text}`).digest()
      return digest.readUInt32LE(0) / 2 ** 31 - 1
    })
    const length = Math.hypot(...raw) || 1
    return raw.map((value) => value / length)
  }
  return {
    name: `fake-text-encoder:${size}`,
    size,
    get encoded() {
      return encoded
    },
    async encode(texts) {
      encoded += texts.length
      return texts.map(encodeOne)
    },
    dispose: async () => {},
  }
}

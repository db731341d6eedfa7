import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/**
 * Unsigned 32-bit numbers from a seed, the same on every machine. The seed is scattered first (MurmurHash3's finaliser),
 * so that neighbouring seeds give unrelated streams.
 */
export function randomNumbers(seed: number): () => number {
  const generator = xoroshiro128plus(scatter(seed))
  return () => generator.next() >>> 0
}

/** A seed for one named thing: FNV-1a of the name, folded into the seed. */
export function seedFor(seed: number, name: string): number {
  let hash = 0x811c9dc5 ^ scatter(seed)
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  return hash | 0
}

function scatter(seed: number): number {
  let value = seed | 0
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return value ^ (value >>> 16)
}

import { endianness } from 'node:os'

const BYTES = 4

/** Little-endian float32 numbers, whatever the machine's own order: [n] from 4 n bytes. */
export function decodeFloat32(bytes: Uint8Array): Float32Array {
  const length = Math.floor(bytes.length / BYTES)
  // A copy: the bytes need not lie where a float may begin.
  return new Float32Array(inLittleEndian(new Uint8Array(bytes.subarray(0, length * BYTES))))
}

/** The inverse of {@link decodeFloat32}. */
export function encodeFloat32(values: Float32Array): Buffer {
  return Buffer.from(inLittleEndian(new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice()))
}

/** Between little-endian order and the machine's own, in place. */
function inLittleEndian({ buffer }: Uint8Array<ArrayBuffer>): ArrayBuffer {
  if (endianness() === 'BE') Buffer.from(buffer).swap32()
  return buffer
}

/** Arrays one after the other: [Σ n] from n each. */
export function joinFloat32(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

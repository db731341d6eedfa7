const BYTES = 4

/** Little-endian float32 numbers, whatever the machine's own order: [n] from 4 n bytes. */
export function decodeFloat32(bytes: Uint8Array): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float32Array.from({ length: bytes.byteLength / BYTES }, (_, i) => view.getFloat32(i * BYTES, true))
}

/** The inverse of {@link decodeFloat32}. */
export function encodeFloat32(values: Float32Array): Buffer {
  const bytes = Buffer.alloc(values.length * BYTES)
  values.forEach((value, i) => {
    bytes.writeFloatLE(value, i * BYTES)
  })
  return bytes
}

// The package types only its CRC-32; its CRC-32C (Castagnoli) has the same form.
declare module 'crc-32/crc32c.js' {
  const crc32c: { buf(data: Uint8Array, seed?: number): number }
  export default crc32c
}

/** A WAV file (16 kHz mono s16le) of a tone that swells and fades, as bytes. */
export function toneWav(seconds: number): Buffer {
  const count = Math.round(seconds * 16_000)
  const wav = Buffer.alloc(44 + 2 * count)
  wav.write('RIFF', 0)
  wav.writeUInt32LE(36 + 2 * count, 4)
  wav.write('WAVEfmt ', 8)
  wav.writeUInt32LE(16, 16)
  wav.writeUInt16LE(1, 20)
  wav.writeUInt16LE(1, 22)
  wav.writeUInt32LE(16_000, 24)
  wav.writeUInt32LE(32_000, 28)
  wav.writeUInt16LE(2, 32)
  wav.writeUInt16LE(16, 34)
  wav.write('data', 36)
  wav.writeUInt32LE(2 * count, 40)
  for (let n = 0; n < count; n += 1) {
    const swell = Math.abs(Math.sin((n / 16_000) * Math.PI * 2))
    wav.writeInt16LE(Math.round(9000 * swell * Math.sin((2 * Math.PI * 180 * n) / 16_000)), 44 + 2 * n)
  }
  return wav
}

import type { RgbImage } from './video-frame.ts'

/** How a picture is turned and mirrored for display: a point (x, y) of it is shown at (a x + c y, b x + d y). */
export interface Orientation {
  readonly a: number
  readonly b: number
  readonly c: number
  readonly d: number
}

const MATRIX_BYTES = 36

/**
 * The orientation in a display matrix, as FFmpeg hands it out and as MP4 holds it (ISO/IEC 14496-12, 8.5.3): nine numbers
 * of 32 bits, of which the first, second, fourth and fifth are a, b, c and d in 16.16. Only quarter turns and mirroring
 * are known: phones write these. Undefined for no matrix, the upright one, and any other.
 */
export function orientationOf(matrix: Buffer | null | undefined): Orientation | undefined {
  if (!matrix || matrix.length < MATRIX_BYTES) return undefined
  const [a, b, c, d] = [0, 1, 3, 4].map((k) => Math.sign(Math.round(matrix.readInt32LE(4 * k) / 0x10000)))
  const known = Math.abs(a! * d! - b! * c!) === 1 && a! * b! === 0
  const upright = a === 1 && d === 1
  return known && !upright ? { a: a!, b: b!, c: c!, d: d! } : undefined
}

/** The picture as it is displayed. */
export function oriented(image: RgbImage, { a, b, c, d }: Orientation): RgbImage {
  const { data, width, height } = image
  const [outWidth, outHeight] = a === 0 ? [height, width] : [width, height]
  // Where the picture's first pixel goes: a side that runs backwards begins at the other end.
  const left = a + c < 0 ? outWidth - 1 : 0
  const top = b + d < 0 ? outHeight - 1 : 0
  const out = new Uint8Array(data.length)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const from = (y * width + x) * 3
      const to = ((top + b * x + d * y) * outWidth + left + a * x + c * y) * 3
      out[to] = data[from]!
      out[to + 1] = data[from + 1]!
      out[to + 2] = data[from + 2]!
    }
  }
  return { data: out, width: outWidth, height: outHeight }
}

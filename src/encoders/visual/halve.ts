import type { RgbImage } from '../media/video-frame.ts'
import type { Square } from './geometry.ts'

/** A picture of half the size, each pixel the mean of four; an odd last row or column is left out. */
export function halved({ data, width, height }: RgbImage): RgbImage {
  const [halfWidth, halfHeight] = [width >> 1, height >> 1]
  const stride = width * 3
  const out = new Uint8Array(halfWidth * halfHeight * 3)
  for (let y = 0; y < halfHeight; y += 1) {
    for (let x = 0; x < halfWidth; x += 1) {
      const from = 2 * y * stride + 6 * x
      const to = (y * halfWidth + x) * 3
      for (let k = 0; k < 3; k += 1) {
        const above = data[from + k]! + data[from + k + 3]!
        const below = data[from + stride + k]! + data[from + stride + k + 3]!
        out[to + k] = (above + below + 2) >> 2
      }
    }
  }
  return { data: out, width: halfWidth, height: halfHeight }
}

/** Halves a picture, and a square of it with it, while the square stays at least `size` pixels wide. */
export function reducedTo(image: RgbImage, square: Square, size: number): { image: RgbImage; square: Square } {
  let reduced = { image, square }
  while (reduced.square.side >= 2 * size && Math.min(reduced.image.width, reduced.image.height) >= 2) {
    const { centre, side, angle } = reduced.square
    reduced = {
      image: halved(reduced.image),
      square: { centre: { x: centre.x / 2, y: centre.y / 2 }, side: side / 2, angle },
    }
  }
  return reduced
}

import type { RgbImage } from '../media/video-frame.ts'
import { fromSquare, type Square } from './geometry.ts'

/** One pixel of the target is at most averaged from so many points a side of the picture. */
const MOST_POINTS = 8

/**
 * A square of a picture as `size` x `size` pixels: [size * size * 3], 0..255, rows from the top, turned upright. Each
 * pixel is the bilinear value at its centre; where the picture is reduced, the mean of such values on a grid about one
 * picture pixel wide, so that fine patterns do not alias. Outside the picture all is black.
 */
export function sampleSquare(image: RgbImage, square: Square, size: number): Float32Array {
  const points = Math.min(MOST_POINTS, Math.max(1, Math.floor(square.side / size)))
  const grid = size * points
  const origin = fromSquare(square, 0.5 / grid, 0.5 / grid)
  // One step of the grid to the right in the picture; a step down is the same turned by a right angle.
  const stepX = (Math.cos(square.angle) * square.side) / grid
  const stepY = (Math.sin(square.angle) * square.side) / grid
  const { data, width, height } = image
  const stride = width * 3
  const weight = 1 / (points * points)
  const out = new Float32Array(size * size * 3)
  for (let row = 0; row < grid; row += 1) {
    // From centres of pixels to their corners: sample (0, 0) is exactly data[0].
    const rowX = origin.x - row * stepY - 0.5
    const rowY = origin.y + row * stepX - 0.5
    const outRow = Math.floor(row / points) * size
    for (let column = 0; column < grid; column += 1) {
      const x = rowX + column * stepX
      const y = rowY + column * stepY
      const x0 = Math.floor(x)
      const y0 = Math.floor(y)
      if (x0 < -1 || y0 < -1 || x0 >= width || y0 >= height) continue
      const target = (outRow + Math.floor(column / points)) * 3
      const at = y0 * stride + x0 * 3
      const right = weight * (x - x0)
      const left = weight - right
      const below = y - y0
      const above = 1 - below
      if (x0 >= 0 && y0 >= 0 && x0 < width - 1 && y0 < height - 1) {
        const a = left * above
        const b = right * above
        const c = left * below
        const d = right * below
        const under = at + stride
        out[target]! += a * data[at]! + b * data[at + 3]! + c * data[under]! + d * data[under + 3]!
        out[target + 1]! += a * data[at + 1]! + b * data[at + 4]! + c * data[under + 1]! + d * data[under + 4]!
        out[target + 2]! += a * data[at + 2]! + b * data[at + 5]! + c * data[under + 2]! + d * data[under + 5]!
        continue
      }
      // At the edge, of the four pixels around only those inside count.
      for (let channel = 0; channel < 3; channel += 1) {
        const value = (dx: number, dy: number): number => {
          const inside = x0 + dx >= 0 && x0 + dx < width && y0 + dy >= 0 && y0 + dy < height
          return inside ? data[at + dy * stride + dx * 3 + channel]! : 0
        }
        out[target + channel]! += above * (left * value(0, 0) + right * value(1, 0))
        out[target + channel]! += below * (left * value(0, 1) + right * value(1, 1))
      }
    }
  }
  return out
}

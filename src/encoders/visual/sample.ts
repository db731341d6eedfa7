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
  const out = new Float32Array(size * size * 3)
  const weight = 1 / (points * points)
  for (let row = 0; row < grid; row += 1) {
    const outRow = Math.floor(row / points) * size
    for (let column = 0; column < grid; column += 1) {
      // From centres of pixels to their corners: sample (0, 0) is exactly data[0].
      const x = origin.x + column * stepX - row * stepY - 0.5
      const y = origin.y + column * stepY + row * stepX - 0.5
      const x0 = Math.floor(x)
      const y0 = Math.floor(y)
      if (x0 < -1 || y0 < -1 || x0 >= width || y0 >= height) continue
      const [fx, fy] = [x - x0, y - y0]
      const left = x0 >= 0
      const right = x0 + 1 < width
      const target = (outRow + Math.floor(column / points)) * 3
      if (y0 >= 0) {
        const at = (y0 * width + x0) * 3
        if (left) add(out, target, data, at, weight * (1 - fx) * (1 - fy))
        if (right) add(out, target, data, at + 3, weight * fx * (1 - fy))
      }
      if (y0 + 1 < height) {
        const at = ((y0 + 1) * width + x0) * 3
        if (left) add(out, target, data, at, weight * (1 - fx) * fy)
        if (right) add(out, target, data, at + 3, weight * fx * fy)
      }
    }
  }
  return out
}

function add(out: Float32Array, target: number, data: Uint8Array, at: number, weight: number): void {
  out[target]! += weight * data[at]!
  out[target + 1]! += weight * data[at + 1]!
  out[target + 2]! += weight * data[at + 2]!
}

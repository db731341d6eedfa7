import type { RgbImage } from '../../src/encoders/media/video-frame.ts'

/** A picture whose pixel at (x, y) is `colour(x, y)`. */
export function picture(
  width: number,
  height: number,
  colour: (x: number, y: number) => readonly [number, number, number],
): RgbImage {
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) data.set(colour(x, y), (y * width + x) * 3)
  return { data, width, height }
}

/** The colour of the pixel at (x, y). */
export const pixel = ({ data, width }: RgbImage, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
]

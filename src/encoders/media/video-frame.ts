/** A picture: interleaved 8-bit RGB, rows from the top, `data` [height * width * 3]. */
export interface RgbImage {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
}

/** A picture of a moving one, `timeMs` from the start of the file or stream (an integer). */
export interface VideoFrame extends RgbImage {
  readonly timeMs: number
}

/** The part of a picture in which one of two people side by side is seen. */
export type Side = 'left' | 'right'

/** The left or the right half of a picture, copied. */
export function half<T extends RgbImage>(image: T, side: Side): T {
  const width = image.width >> 1
  const from = side === 'left' ? 0 : image.width - width
  const data = new Uint8Array(width * image.height * 3)
  for (let y = 0; y < image.height; y += 1) {
    const start = (y * image.width + from) * 3
    data.set(image.data.subarray(start, start + width * 3), y * width * 3)
  }
  return { ...image, data, width }
}

/** A point of a picture in pixels, from its top left corner; the centre of the first pixel is (0.5, 0.5). */
export interface Point {
  readonly x: number
  readonly y: number
}

/** An upright rectangle of a picture, in pixels. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A square of a picture, turned by `angle` (radians, clockwise as seen) about its centre; it may reach beyond the picture. */
export interface Square {
  readonly centre: Point
  readonly side: number
  readonly angle: number
}

export const area = (box: Box): number => Math.max(0, box.width) * Math.max(0, box.height)

const centreOf = (box: Box): Point => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 })

/** Intersection over union of two boxes, in [0, 1]. */
export function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)
  if (width <= 0 || height <= 0) return 0
  const common = width * height
  return common / (area(a) + area(b) - common)
}

/** Where (u, v) of the square, each from 0 to 1, lies in the picture. */
export function fromSquare({ centre, side, angle }: Square, u: number, v: number): Point {
  const [cos, sin] = [Math.cos(angle) * side, Math.sin(angle) * side]
  return {
    x: centre.x + cos * (u - 0.5) - sin * (v - 0.5),
    y: centre.y + sin * (u - 0.5) + cos * (v - 0.5),
  }
}

/** The inverse of {@link fromSquare}. */
export function toSquare({ centre, side, angle }: Square, point: Point): { u: number; v: number } {
  const [cos, sin] = [Math.cos(angle) / side, Math.sin(angle) / side]
  const [x, y] = [point.x - centre.x, point.y - centre.y]
  return { u: 0.5 + cos * x + sin * y, v: 0.5 - sin * x + cos * y }
}

/** The smallest upright square around the whole picture, centred on it. */
export const wholePicture = (image: { readonly width: number; readonly height: number }): Square => ({
  centre: { x: image.width / 2, y: image.height / 2 },
  side: Math.max(image.width, image.height),
  angle: 0,
})

/** By how much the line from `left` to `right` (as seen) is turned out of the horizontal. */
export const tilt = (left: Point, right: Point): number => Math.atan2(right.y - left.y, right.x - left.x)

/** A square around a box, `scale` times its longer side. */
export const squareAround = (box: Box, scale: number, angle = 0): Square => ({
  centre: centreOf(box),
  side: Math.max(box.width, box.height) * scale,
  angle,
})

import { z } from 'zod'
import type { RgbImage } from '../../encoders/media/video-frame.ts'
import type { Square } from '../../encoders/visual/geometry.ts'
import type { Rng } from '../../training/rng.ts'

/** How a picture of a face may be varied in training; every default with its reason. */
export const imageVariationSchema = z.strictObject({
  /** Varied copies of each training picture beside the picture itself; more cost one run of the face models each. */
  copies: z.int().nonnegative().max(32).default(2),
  /** Part of the copies that are mirrored: a face seen from the other side. */
  flipped: z.number().min(0).max(1).default(0.5),
  /** Largest turn either way, in degrees: detectors level the eyes to about this. */
  rotation: z.number().min(0).max(45).default(10),
  /** Largest part by which the crop grows or shrinks, and by which it moves, of its side. */
  zoom: z.number().min(0).max(0.5).default(0.08),
  shift: z.number().min(0).max(0.5).default(0.04),
  /** Largest change of brightness (of full scale) and of contrast (as a factor of 1 ± this). */
  brightness: z.number().min(0).max(1).default(0.15),
  contrast: z.number().min(0).max(1).default(0.25),
})
export type ImageVariationSettings = z.infer<typeof imageVariationSchema>

/** One way in which one picture is varied. */
export interface ImageVariation {
  readonly flip: boolean
  /** Radians. */
  readonly angle: number
  /** Factor of the crop's side. */
  readonly zoom: number
  /** Of the crop's side, to the right and down. */
  readonly shift: readonly [number, number]
  /** Of full scale. */
  readonly brightness: number
  readonly contrast: number
}

/** Draws one variation. */
export function drawImageVariation(settings: ImageVariationSettings, rng: Rng): ImageVariation {
  const within = (most: number): number => (2 * rng.uniform() - 1) * most
  return {
    flip: rng.uniform() < settings.flipped,
    angle: within((settings.rotation * Math.PI) / 180),
    zoom: 1 + within(settings.zoom),
    shift: [within(settings.shift), within(settings.shift)],
    brightness: within(settings.brightness),
    contrast: 1 + within(settings.contrast),
  }
}

/** The picture mirrored if asked for, and its colours changed: v' = (v - mean) contrast + mean + 255 brightness. */
export function varyImage(image: RgbImage, { flip, brightness, contrast }: ImageVariation): RgbImage {
  const { data, width, height } = image
  let sum = 0
  for (const value of data) sum += value
  const mean = data.length === 0 ? 0 : sum / data.length
  const varied = new Uint8Array(data.length)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const to = (y * width + x) * 3
      const from = (y * width + (flip ? width - 1 - x : x)) * 3
      for (let c = 0; c < 3; c += 1) {
        const value = (data[from + c]! - mean) * contrast + mean + 255 * brightness
        varied[to + c] = Math.min(255, Math.max(0, Math.round(value)))
      }
    }
  }
  return { data: varied, width, height }
}

/** The square turned, grown and moved; it is of the picture as {@link varyImage} leaves it. */
export function varySquare(square: Square, { angle, zoom, shift }: ImageVariation): Square {
  const { centre, side } = square
  return {
    centre: { x: centre.x + shift[0] * side, y: centre.y + shift[1] * side },
    side: side * zoom,
    angle: square.angle + angle,
  }
}

import sharp from 'sharp'
import { EmographError, type ErrorPlace } from '../../errors.ts'
import type { RgbImage } from './video-frame.ts'

export interface ImageLimits {
  /** Encoded size; default 8 MiB. */
  readonly maxBytes?: number
  /** Decoded size, so that a small file cannot unfold to gigabytes; default 40 megapixels. */
  readonly maxPixels?: number
  /** Larger pictures are reduced to this longer side; default 1280. */
  readonly maxSide?: number
}

const SIGNATURES = [
  { format: 'JPEG', bytes: [0xff, 0xd8, 0xff] },
  { format: 'PNG', bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
] as const

/** `JPEG` or `PNG` by the first bytes, whatever a name or a header claims; undefined for anything else. */
export function imageFormat(bytes: Uint8Array): 'JPEG' | 'PNG' | undefined {
  return SIGNATURES.find((signature) => signature.bytes.every((byte, k) => bytes[k] === byte))?.format
}

/**
 * A JPEG or PNG picture as RGB, upright by its EXIF orientation, transparency on black. Errors `EMO_IMAGE_FORMAT`: of
 * another format, larger than the limits, damaged or cut off; they name `place`.
 */
export async function decodeImage(
  bytes: Uint8Array,
  limits: ImageLimits = {},
  place: ErrorPlace = {},
): Promise<RgbImage> {
  const { maxBytes = 8 * 2 ** 20, maxPixels = 40e6, maxSide = 1280 } = limits
  const wrong = (expected: string, got: string, cause?: unknown): EmographError =>
    new EmographError('EMO_IMAGE_FORMAT', { ...place, expected, got, cause })
  if (bytes.length > maxBytes) throw wrong(`at most ${maxBytes} bytes`, `${bytes.length}`)
  const format = imageFormat(bytes)
  if (!format) throw wrong('a JPEG or PNG picture', bytes.length === 0 ? 'no bytes' : 'another format')
  const { data, info } = await sharp(bytes, { limitInputPixels: maxPixels, failOn: 'truncated', sequentialRead: true })
    .rotate()
    .resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#000' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      if (cause instanceof Error && cause.message.includes('pixel limit'))
        throw wrong(`at most ${maxPixels} pixels`, 'more, by its header', cause)
      throw wrong(`a whole ${format} picture`, 'one that is cut off or damaged', cause)
    })
  return { data, width: info.width, height: info.height }
}

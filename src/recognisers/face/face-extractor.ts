import crc32c from 'crc-32/crc32c.js'
import { decodeImage } from '../../encoders/media/image.ts'
import type { RgbImage } from '../../encoders/media/video-frame.ts'
import { createRng } from '../../training/rng.ts'
import type { Extractor } from '../extractor.ts'
import type { FaceFeatures, FaceFinder } from './face-features.ts'
import { drawImageVariation, type ImageVariationSettings, varyImage, varySquare } from './image-variation.ts'

/** An extractor that also takes pictures that are decoded already, such as frames of a video. */
export interface FaceExtractor extends Extractor {
  /** Undefined where there is no face. */
  see(image: RgbImage): Promise<Float32Array | undefined>
}

/** The faces of pictures; `crop` names how the finder finds them. The parts become the extractor's: it closes them. */
export function createFaceExtractor(
  features: FaceFeatures,
  finder: FaceFinder,
  crop: 'face' | 'whole',
  settings: ImageVariationSettings,
): FaceExtractor {
  const { copies, ...drawn } = settings
  return {
    name: `${features.name}-${crop}`,
    size: features.size,
    copies,
    form: (copy) => (copy === 0 ? 'as it is' : `${JSON.stringify(drawn)} ${copy}`),
    async see(image) {
      const square = await finder.find(image)
      return square && features.run(image, square)
    },
    async open(bytes, file) {
      const image = await decodeImage(bytes, {}, file === undefined ? {} : { file })
      const square = await finder.find(image)
      const numbers = async (copy: number): Promise<Float32Array | undefined> => {
        if (square === undefined) return undefined
        if (copy === 0) return features.run(image, square)
        const variation = drawImageVariation(settings, createRng(crc32c.buf(bytes), copy))
        // A mirrored picture's face lies where the mirror puts it.
        const { centre, angle } = square
        const seen = variation.flip
          ? { ...square, centre: { ...centre, x: image.width - centre.x }, angle: -angle }
          : square
        return features.run(varyImage(image, variation), varySquare(seen, variation))
      }
      return { numbers, missing: 'no face was found', remarks: [] }
    },
    async close() {
      await features.dispose()
      await finder.dispose()
    },
  }
}

import { readFile } from 'node:fs/promises'
import { decodeImage } from '../encoders/media/image.ts'
import type { DescriptorProjection } from '../encoders/visual/descriptor-projection.ts'
import type { FaceEncoder } from '../encoders/visual/face-encoder.ts'
import { pictureFeatures } from '../encoders/visual/picture-features.ts'
import type { FaceRecogniser } from '../encoders/visual/visual-encoder.ts'
import { isEmographError } from '../errors.ts'
import type { Extracted } from './audio-features.ts'
import type { Picture } from './job.ts'

/** Visual features of single pictures, in order. A file that cannot be read or decoded is a reason. */
export async function extractPictures(
  pictures: readonly Picture[],
  faces: FaceEncoder,
  project: DescriptorProjection,
  recogniser?: FaceRecogniser,
): Promise<Extracted[]> {
  const extracted: Extracted[] = []
  for (const { file } of pictures) {
    const image = await readFile(file)
      .then((bytes) => decodeImage(bytes))
      .catch((error: unknown) => {
        if (!isEmographError(error)) throw error
        return error.code
      })
    if (typeof image === 'string') {
      extracted.push({ reason: `the picture cannot be read: ${image}` })
      continue
    }
    const features = await pictureFeatures(image, faces, project, recogniser)
    extracted.push(features ? { features } : { reason: 'no face was found' })
  }
  return extracted
}

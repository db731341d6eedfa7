import type { RgbImage } from '../media/video-frame.ts'
import type { Square } from './geometry.ts'
import { openModel } from './model-session.ts'
import { sampleSquare } from './sample.ts'

export const DESCRIPTOR_SIZE = 1024
const SIZE = 224
const OUTPUT = 'global_pooling/Mean'

export interface DescriptorModel {
  /** The appearance of the face in a square [1024], none negative. */
  run(image: RgbImage, square: Square): Promise<Float32Array>
  dispose(): Promise<void>
}

/**
 * A face's appearance as the pooled last layer of faceres: 224 x 224 RGB, 0..255 (models/face, whose file holds no output
 * but this one). Emograph compares descriptors with nobody's: they are inputs of an expression classifier, no identity.
 */
export async function createDescriptorModel(file: string): Promise<DescriptorModel> {
  const model = await openModel(file, [OUTPUT])
  return {
    async run(image, square) {
      const outputs = await model.run(sampleSquare(image, square, SIZE), [1, SIZE, SIZE, 3])
      return outputs[OUTPUT]!.slice()
    },
    dispose: () => model.dispose(),
  }
}

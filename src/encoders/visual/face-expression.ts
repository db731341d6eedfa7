import type { RgbImage } from '../media/video-frame.ts'
import type { Square } from './geometry.ts'
import { openModel } from './model-session.ts'
import { sampleSquare } from './sample.ts'

/** The expressions of FER2013 (Goodfellow et al. 2013) in the model's order. */
export const EXPRESSIONS = ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'] as const

const SIZE = 64
const OUTPUT = 'Identity'

export interface ExpressionModel {
  /** Probabilities of {@link EXPRESSIONS} [7] for the face in a square. */
  run(image: RgbImage, square: Square): Promise<Float32Array>
  dispose(): Promise<void>
}

/** Expression probabilities of a face: 64 x 64, grey by ITU-R BT.601, (g - 0.5) * 2 (models/face). */
export async function createExpressionModel(file: string): Promise<ExpressionModel> {
  const model = await openModel(file, [OUTPUT])
  return {
    async run(image, square) {
      const rgb = sampleSquare(image, square, SIZE)
      const grey = new Float32Array(SIZE * SIZE)
      for (let k = 0; k < grey.length; k += 1) {
        const luma = 0.2989 * rgb[3 * k]! + 0.587 * rgb[3 * k + 1]! + 0.114 * rgb[3 * k + 2]!
        grey[k] = (luma / 255 - 0.5) * 2
      }
      const outputs = await model.run(grey, [1, SIZE, SIZE, 1])
      return outputs[OUTPUT]!.slice()
    },
    dispose: () => model.dispose(),
  }
}

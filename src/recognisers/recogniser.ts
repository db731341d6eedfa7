import type { RgbImage } from '../encoders/media/video-frame.ts'
import { EmographError } from '../errors.ts'
import { packagePath } from '../package.ts'
import { audioVariationSchema } from './audio/audio-variation.ts'
import type { Task } from './config.ts'
import type { DecodedItem } from './extractor.ts'
import { imageVariationSchema } from './face/image-variation.ts'
import { createInputs, type Inputs } from './inputs.ts'
import { probabilitiesOf } from './judge.ts'
import { createNetwork, type Network } from './networks/create-network.ts'
import { loadRecogniserFolder, type StoredRecogniser } from './recogniser-folder.ts'
import { standardise } from './standardisation.ts'

/** The recognisers that the package ships. */
export const SHIPPED_RECOGNISERS: Readonly<Record<Task, string>> = {
  audio: packagePath('models/emograph-audio-ravdess'),
  face: packagePath('models/emograph-face-fer2013'),
}

/** A trained recogniser, ready for single recordings or pictures. */
export interface Recogniser {
  readonly stored: StoredRecogniser
  readonly network: Network
  readonly inputs: Inputs
  /** `file` is where the bytes lie on disk, if they do. Errors are the decoder's. */
  recognise(bytes: Uint8Array, file?: string): Promise<Recognised>
  /** The same of a decoded picture, for recognisers of faces; always undefined for others. */
  recogniseFrame(image: RgbImage): Promise<Float32Array | undefined>
  dispose(): Promise<void>
}

export interface Recognised extends Pick<DecodedItem, 'missing' | 'remarks'> {
  /** [C] in the order of `stored.labels`; undefined where there is nothing to judge, for the reason `missing`. */
  readonly probabilities: Float32Array | undefined
}

export interface LoadRecogniserOptions {
  /** `whole`: pictures are cut-out faces; `face` (the default): the face is looked for; or as in training. */
  readonly crop?: 'face' | 'whole' | 'as trained'
}

/**
 * Loads a recogniser's folder; `useBackend` has to have been called.
 * @throws EMO_CHECKPOINT_INVALID also when its features are made otherwise by this version; EMO_ENCODER_UNAVAILABLE
 */
export async function loadRecogniser(
  dir: string,
  task: Task,
  { crop = 'face' }: LoadRecogniserOptions = {},
): Promise<Recogniser> {
  const stored = await loadRecogniserFolder(dir)
  if (stored.task !== task) {
    throw new EmographError('EMO_CHECKPOINT_INVALID', {
      file: dir,
      expected: `a recogniser of ${task}`,
      got: stored.task,
    })
  }
  const inputs = await createInputs({
    task,
    network: stored.network,
    crop: crop === 'as trained' ? stored.crop : crop,
    audioVariation: audioVariationSchema.parse({ copies: 0 }),
    imageVariation: imageVariationSchema.parse({ copies: 0 }),
  })
  if (withoutCrop(inputs.extractor.name) !== withoutCrop(stored.features)) {
    await inputs.extractor.close()
    throw new EmographError('EMO_CHECKPOINT_INVALID', {
      file: dir,
      expected: `features ${stored.features}`,
      got: inputs.extractor.name,
    })
  }
  const { standardisation, labels } = stored
  const sizes = { width: standardisation.mean.length, classes: labels.length }
  const network = createNetwork(stored.network, sizes, { weights: stored.weights })
  const judge = (numbers: Float32Array | undefined): Float32Array | undefined =>
    numbers && probabilitiesOf(network, [standardise(inputs.prepare(numbers), standardisation)])
  return {
    stored,
    network,
    inputs,
    async recognise(bytes, file) {
      const { numbers, missing, remarks } = await inputs.extractor.open(bytes, file)
      return { probabilities: judge(await numbers(0)), missing, remarks }
    },
    recogniseFrame: async (image) => judge(await inputs.see?.(image)),
    async dispose() {
      network.dispose()
      await inputs.extractor.close()
    },
  }
}

const withoutCrop = (name: string): string => name.replace(/-(face|whole)$/, '')

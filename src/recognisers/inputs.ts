import { createAudioExtractor } from './audio/audio-extractor.ts'
import type { AudioVariationSettings } from './audio/audio-variation.ts'
import { FUNCTIONAL_NAMES, functionals } from './audio/functionals.ts'
import type { Task } from './config.ts'
import type { Extractor } from './extractor.ts'
import { createFaceExtractor, type FaceExtractor } from './face/face-extractor.ts'
import {
  createDescriptorFeatures,
  createDetectorFinder,
  createPixelFeatures,
  wholePictureFinder,
} from './face/face-features.ts'
import type { ImageVariationSettings } from './face/image-variation.ts'
import type { NetworkConfig } from './networks/network.ts'

/** How a recogniser's inputs come from media: the extractor's numbers, and what the network takes of them. */
export interface Inputs {
  readonly extractor: Extractor
  /** Numbers of a row of the network's input. */
  readonly width: number
  /** From the extractor's numbers to the network's input, before any scaling. */
  readonly prepare: (numbers: Float32Array) => Float32Array
  /** Faces only: the extractor's numbers of a decoded picture, undefined where there is no face. */
  readonly see?: FaceExtractor['see']
}

export interface InputOptions {
  readonly task: Task
  readonly network: NetworkConfig
  /** `whole`: pictures are cut-out faces; `face`: the face is to be found. */
  readonly crop: 'face' | 'whole'
  readonly audioVariation: AudioVariationSettings
  readonly imageVariation: ImageVariationSettings
}

const asItIs = (numbers: Float32Array): Float32Array => numbers

/** @throws EMO_ENCODER_UNAVAILABLE */
export async function createInputs(options: InputOptions): Promise<Inputs> {
  const { task, network, crop } = options
  if (task === 'audio') {
    const extractor = createAudioExtractor(options.audioVariation)
    return network.kind === 'perceptron'
      ? { extractor, width: FUNCTIONAL_NAMES.length, prepare: functionals }
      : { extractor, width: extractor.size, prepare: asItIs }
  }
  const features = network.kind === 'cbam' ? createPixelFeatures(network.side) : await createDescriptorFeatures()
  const finder = crop === 'whole' ? wholePictureFinder : await createDetectorFinder()
  const extractor = createFaceExtractor(features, finder, crop, options.imageVariation)
  return { extractor, width: extractor.size, prepare: asItIs, see: extractor.see }
}

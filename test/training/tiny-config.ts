import type { TrainConfig, TrainConfigInput } from '../../src/training/config.ts'
import { parseTrainConfig } from '../../src/training/config-file.ts'

/** A model small enough to train in seconds, for the synthetic conversations. */
export function tinyConfig(input: Partial<TrainConfigInput> = {}): TrainConfig {
  return parseTrainConfig({
    data: { path: 'synthetic', labelSet: 'iemocap4' },
    model: {
      hidden: 12,
      past: 3,
      future: 3,
      graphHeads: 2,
      crossmodalLayers: 1,
      selfAttentionLayers: 1,
      textEncoderLayers: 1,
      textEncoderHeads: 2,
      textEncoderFeedForward: 24,
      dropout: { textEncoder: 0.1, classifier: 0.1 },
    },
    optimiser: { learningRate: 0.01 },
    batchSize: 6,
    patience: null,
    ...input,
  })
}

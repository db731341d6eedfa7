import fc from 'fast-check'
import { MODALITIES, type Modality } from '../../src/conversation/modality.ts'
import { randomNumbers } from '../../src/crossmodal/random.ts'
import { type CorectConfig, parseCorectConfig } from '../../src/model/config.ts'
import { type Corect, createCorect } from '../../src/model/corect.ts'

/** A small model's configuration; anything can be changed. */
export function smallConfig(change: Record<string, unknown> = {}): CorectConfig {
  return parseCorectConfig({
    modalities: MODALITIES,
    featureSizes: { text: 4, audio: 3, visual: 2 },
    labelSet: 'iemocap4',
    hidden: 4,
    past: 2,
    future: 3,
    graphHeads: 2,
    crossmodalLayers: 1,
    selfAttentionLayers: 1,
    textEncoderLayers: 1,
    textEncoderHeads: 2,
    textEncoderFeedForward: 6,
    ...change,
  })
}

/** Any small configuration: modalities, windows, history, layers, speakers, and what CORECT does not have. */
export const smallConfigs: fc.Arbitrary<CorectConfig> = fc
  .record({
    modalities: fc.subarray<Modality>([...MODALITIES], { minLength: 1 }),
    past: fc.integer({ min: 0, max: 5 }),
    future: fc.integer({ min: 0, max: 5 }),
    maxHistory: fc.integer({ min: 1, max: 12 }),
    hidden: fc.constantFrom(2, 4),
    graphHeads: fc.integer({ min: 1, max: 3 }),
    crossmodalLayers: fc.integer({ min: 1, max: 2 }),
    selfAttentionLayers: fc.integer({ min: 1, max: 2 }),
    textEncoderLayers: fc.integer({ min: 1, max: 2 }),
    speakers: fc.integer({ min: 1, max: 3 }),
    speakerRelations: fc.boolean(),
    attentionBias: fc.boolean(),
    speakerViews: fc.subarray<Modality>([...MODALITIES]),
    textWidth: fc.option(fc.constantFrom(2, 6), { nil: undefined }),
    late: fc.boolean(),
  })
  .map(({ late, ...given }) => smallConfig({ ...given, late: late ? given.modalities.slice(1, 2) : [] }))

/**
 * A model in which nothing is neutral: what begins at 0 or 1 (biases, norms, running statistics, vectors for absent
 * modalities) is moved at random, so that no path through the model is shut.
 */
export function livelyModel(config: CorectConfig, seed: number): Corect {
  const fresh = createCorect(config, { seed })
  const random = randomNumbers(seed)
  const weights = new Map(
    [...fresh.exportWeights()].map(([name, values]) => [
      name,
      values.map((value) => value + (name.endsWith('Variance') ? 1 : 0.6) * (random() / 2 ** 32 - 0.5)),
    ]),
  )
  fresh.dispose()
  return createCorect(config, { weights })
}

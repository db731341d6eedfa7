import * as tf from '@tensorflow/tfjs'
import fc from 'fast-check'
import { MODALITIES, type Modality } from '../../src/conversation/modality.ts'
import type { Mode } from '../../src/conversation/mode.ts'
import { randomNumbers } from '../../src/crossmodal/random.ts'
import { makeBatch } from '../../src/model/batch.ts'
import { type CorectConfig, classCount, parseCorectConfig } from '../../src/model/config.ts'
import { type Corect, createCorect } from '../../src/model/corect.ts'
import { type PrepareOptions, prepareConversation } from '../../src/model/prepare.ts'
import type { UtteranceInput } from '../../src/model/streaming.ts'

/** A small model and a conversation for it; every utterance has at least one modality. */
export interface StreamCase {
  readonly config: CorectConfig
  readonly seed: number
  readonly inputs: readonly UtteranceInput[]
}

const SIZES = { text: 8, audio: 5, visual: 3 }

/** Those of `late` that the model has, unless that were all. */
function someLate({ modalities, late }: { modalities: Modality[]; late: Modality[] }): Modality[] {
  const some = late.filter((modality) => modalities.includes(modality))
  return some.length < modalities.length ? some : []
}

const configs = fc
  .record({
    modalities: fc.subarray([...MODALITIES], { minLength: 1 }),
    past: fc.nat(3),
    future: fc.nat(3),
    maxHistory: fc.integer({ min: 1, max: 6 }),
    textEncoderLayers: fc.integer({ min: 1, max: 2 }),
    crossmodalLayers: fc.integer({ min: 1, max: 2 }),
    selfAttentionLayers: fc.integer({ min: 1, max: 2 }),
    graphHeads: fc.integer({ min: 1, max: 3 }),
    speakers: fc.integer({ min: 1, max: 3 }),
    speakerRelations: fc.boolean(),
    attentionBias: fc.boolean(),
    textWidth: fc.constantFrom(undefined, 6),
    speakerViews: fc.constantFrom([], ['audio']),
    late: fc.constantFrom<Modality[]>([], ['visual'], ['text', 'visual']),
  })
  .map((options) =>
    parseCorectConfig({
      ...options,
      late: someLate(options),
      featureSizes: SIZES,
      labelSet: 'iemocap4',
      hidden: 4,
      textEncoderHeads: 2,
      textEncoderFeedForward: 16,
    }),
  )

/** Numbers in (-2, 2) from a seed. */
export function randomVector(size: number, seed: number): Float32Array {
  const random = randomNumbers(seed)
  return Float32Array.from({ length: size }, () => (random() / 2 ** 32 - 0.5) * 4)
}

export const streamCases = (maxLength: number): fc.Arbitrary<StreamCase> =>
  fc
    .tuple(configs, fc.nat(100_000), fc.array(fc.tuple(fc.nat(7), fc.nat(3)), { minLength: 1, maxLength }))
    .map(([config, seed, turns]) => ({
      config,
      seed,
      inputs: turns.map(([gaps, speaker], i) => {
        // Half of the utterances have everything; each of the others lacks what the bits of `gaps` say, but not all.
        const bits = gaps > 3 ? 0 : gaps
        const some = config.modalities.filter((_, slot) => !((bits >> slot) & 1))
        const has: readonly Modality[] = some.length > 0 ? some : config.modalities.slice(0, 1)
        const features = Object.fromEntries(has.map((m, slot) => [m, randomVector(SIZES[m], seed + 31 * i + slot)]))
        return { id: `u${i}`, speaker: `speaker ${speaker}`, features }
      }),
    }))

/** A model whose every parameter is random (fresh ones have zeros: biases, absent vectors), and what it normalises by. */
export function randomModel({ config, seed }: Pick<StreamCase, 'config' | 'seed'>): {
  model: Corect
  normalisation: PrepareOptions['normalisation']
} {
  const fresh = createCorect(config, { seed })
  const weights = new Map(
    [...fresh.exportWeights()].map(([name, values], k) => {
      const noise = randomVector(values.length, seed + k)
      return [
        name,
        values.map((value, i) => (name.endsWith('Variance') ? 1 + 0.1 * noise[i]! : value + 0.2 * noise[i]!)),
      ]
    }),
  )
  fresh.dispose()
  const normalisation = Object.fromEntries(
    config.modalities.map((m) => [m, { mean: randomVector(SIZES[m], 1), std: Array(SIZES[m]).fill(1.5) }]),
  )
  return { model: createCorect(config, { weights }), normalisation }
}

/** Probabilities of a whole conversation by the batch form, [N][C]. */
export function batchProbabilities(
  model: Corect,
  normalisation: PrepareOptions['normalisation'],
  inputs: readonly UtteranceInput[],
  mode: Mode,
): number[][] {
  const { config } = model
  const utterances = inputs.map((input) => ({ ...input, startMs: 0, endMs: 0, label: null }))
  const prepared = prepareConversation({ id: 'c', utterances }, { ...config, normalisation })
  const batch = makeBatch([prepared], config)
  try {
    const values = tf.tidy(() => tf.softmax(model.forward(batch, { mode }).logits).dataSync())
    const C = classCount(config)
    return inputs.map((_, i) => Array.from(values.slice(i * C, (i + 1) * C)))
  } finally {
    batch.dispose()
  }
}

/** Largest absolute difference of two lists of rows. */
export const largestDifference = (a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): number =>
  a.length === b.length
    ? Math.max(0, ...a.flatMap((row, i) => Array.from(row, (value, c) => Math.abs(value - b[i]![c]!))))
    : Number.POSITIVE_INFINITY

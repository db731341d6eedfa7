import { z } from 'zod'
import { mergeConfig, parseConfig, readConfigTree } from '../config-file.ts'
import { classWeightsSchema } from '../training/losses.ts'
import { scheduleSchema } from '../training/schedules.ts'
import { audioVariationSchema } from './audio/audio-variation.ts'
import { imageVariationSchema } from './face/image-variation.ts'
import { networkSchema } from './networks/network.ts'

export const TASKS = ['audio', 'face'] as const
export type Task = (typeof TASKS)[number]

/** Which people and what part of the others are kept apart. */
export const splittingSchema = z.strictObject({
  /** Persons whose recordings are `val` and `test`: where the set names persons. They are never trained on. */
  valPersons: z.array(z.string()).default([]),
  testPersons: z.array(z.string()).default([]),
  /** What the set itself calls validation is the test here: for sets that have no other part for it. */
  valIsTest: z.boolean().default(false),
  /** Where there is no `val` otherwise: this part of each class of the training items, chosen by `seed`. */
  valShare: z.number().gt(0).lt(1).default(0.1),
  seed: z.int().nonnegative().default(1),
})
export type Splitting = z.infer<typeof splittingSchema>

/** A person's own mean and deviation in the scaling of the features (model/speaker-normalisation). */
export const personScalingSchema = z.strictObject({
  /** How many recordings of the person the training set's statistics weigh. */
  priorCount: z.number().nonnegative().default(10),
})

/** What each kind of task can be learnt by. */
const NETWORKS: Readonly<Record<Task, readonly string[]>> = {
  audio: ['perceptron', 'lstm'],
  face: ['perceptron', 'cbam'],
}

/** One training of a recogniser of one utterance or picture; every default with its reason. */
const fieldsSchema = z.strictObject({
  task: z.enum(TASKS),
  data: z.strictObject({
    /** A folder, list or archive: see `readLabelledSet`. */
    path: z.string().min(1),
    splitting: splittingSchema.prefault({}),
    /** Pictures: `whole` are cut-out faces; in others the face is looked for. */
    crop: z.enum(['face', 'whole']).default('face'),
  }),
  network: networkSchema,
  audioVariation: audioVariationSchema.prefault({}),
  imageVariation: imageVariationSchema.prefault({}),
  /** Null: everybody is scaled alike. Else half of the training sees features scaled by their person, half does not. */
  personScaling: personScalingSchema.nullable().default(null),
  /** α of MixUp's Beta(α, α) (Zhang et al. 2018, who use 0.1 to 0.4); 0 mixes nothing. Vectors and pictures only. */
  mixup: z.number().min(0).max(1).default(0.2),
  classWeights: classWeightsSchema.default('none'),
  /** ε of Szegedy et al. 2016: raters disagree about emotions. */
  labelSmoothing: z.number().min(0).lt(1).default(0.1),
  optimiser: z
    .strictObject({
      learningRate: z.number().positive().default(2e-3),
      weightDecay: z.number().min(0).default(1e-2),
      clipNorm: z.number().positive().default(5),
    })
    .prefault({}),
  schedule: scheduleSchema.prefault({ kind: 'cosine', warmup: 0.1 }),
  batchSize: z.int().positive().default(32),
  epochs: z.int().positive().default(60),
  /** `best`: the weights of the epoch with the best val accuracy; `last`: where the val part is small and says little. */
  keep: z.enum(['best', 'last']).default('last'),
  /** Train on `val` as well, for a model whose settings have been chosen; the last epoch is then kept. */
  refit: z.boolean().default(false),
  seeds: z.array(z.int().nonnegative()).min(1).default([1]),
  /** The folder of the run. */
  out: z.string().min(1).default('runs/recogniser'),
  /** For the model card. */
  card: z
    .strictObject({
      data: z.string().default('not stated'),
      terms: z.string().default('not stated'),
      limits: z.array(z.string()).default([]),
    })
    .prefault({}),
})
export const recogniserConfigSchema = fieldsSchema.refine(
  ({ task, network }) => NETWORKS[task].includes(network.kind),
  {
    path: ['network', 'kind'],
    error: 'audio takes perceptron or lstm, face takes perceptron or cbam',
  },
)
export type RecogniserConfig = z.infer<typeof recogniserConfigSchema>

/**
 * The configuration in a YAML file, fields of `given` put over it (nested records field by field).
 * @throws EMO_FILE_MISSING; EMO_CONFIG_INVALID naming the field
 */
export async function loadRecogniserConfig(
  file: string | undefined,
  given: Readonly<Record<string, unknown>>,
): Promise<RecogniserConfig> {
  const written = file === undefined ? {} : await readConfigTree(file)
  return parseConfig(recogniserConfigSchema, mergeConfig(written, given), file)
}

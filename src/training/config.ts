import { z } from 'zod'
import { LABEL_SETS, labelSetNameSchema } from '../conversation/label-sets.ts'
import { MODALITIES, modalitySchema } from '../conversation/modality.ts'
import { MODES, type Mode, modeSchema } from '../conversation/mode.ts'
import { corectConfigSchema } from '../model/config.ts'
import { fineTuneSchema } from './fine-tune-config.ts'
import { classWeightsSchema } from './losses.ts'
import { modalityDropoutSchema } from './modality-dropout.ts'
import { scheduleSchema } from './schedules.ts'
import { visualPairingSchema } from './visual-pairing-config.ts'

const rate = z.number().min(0).lt(1)

/** What is learned from. */
const dataSchema = z.strictObject({
  /** The conversations: our JSONL (docs/formats.md) or the IEMOCAP feature set's; every conversation names its split. */
  path: z.string().min(1),
  labelSet: labelSetNameSchema.default('iemocap6'),
  /** Modalities that the model takes. */
  modalities: z
    .array(modalitySchema)
    .min(1)
    .transform((given) => MODALITIES.filter((modality) => given.includes(modality)))
    .default(['text', 'audio']),
  /**
   * For data that have no dev split (CMU-MOSI): this share of the training conversations becomes it, the same ones in
   * every run whatever the seed, and is not learned from. 0: such data are refused. About 0.1 is usual.
   */
  devShare: z.number().min(0).max(0.5).default(0),
  /**
   * Learn from the dev split too: the last fit, once every choice is made. Nothing is then left to choose by, so that the
   * last weights are kept (`keep: last`, `patience: null`, no plateau schedule) and no dev scores are given.
   */
  learnFromDev: z.boolean().default(false),
  /** The text encoder: a folder under models/ or a hub name. Used where an utterance has words but no text features. */
  textEncoder: z.string().min(1).default('all-MiniLM-L6-v2'),
  /** Of IEMOCAP's 66 audio columns: all, the 47 that sound alone gives (`gemaps`), or a list of names. */
  audioColumns: z.union([z.enum(['all', 'gemaps']), z.array(z.string()).min(1)]).default('all'),
  /** For data without pictures: faces from elsewhere to learn the visual path from (visual-pairing-config.ts). */
  visualPairing: visualPairingSchema.nullable().default(null),
})

const optimiserSchema = z.strictObject({
  /** AdamW (Loshchilov and Hutter 2019) decays weights apart from the gradient; `adam` adds the decay to it. */
  kind: z.enum(['adam', 'adamw']).default('adamw'),
  /** The published code's rate is 3e-4 at batch size 10. */
  learningRate: z.number().positive().default(3e-4),
  weightDecay: z.number().nonnegative().default(1e-2),
  beta1: rate.default(0.9),
  beta2: rate.default(0.999),
  epsilon: z.number().positive().default(1e-8),
  /** The largest norm of the whole gradient; one odd conversation cannot throw the weights far. */
  clipNorm: z.number().positive().default(1),
})

/** What the model card says that the figures do not. */
const cardSchema = z.strictObject({
  /** The data in a sentence or two: name, citation, what it holds. */
  data: z.string().default('Not described.'),
  /** On what terms the data was had, and so what the weights may be used for. */
  terms: z.string().default('not stated.'),
  /** What the model is not good for, besides what holds for every one. */
  limits: z.array(z.string()).default([]),
  /** Markdown: figures that were measured by other commands, and those commands. */
  figures: z.string().default(''),
})

const fieldsSchema = z.strictObject({
  data: dataSchema,
  /** Sizes of the model (src/model/config.ts); modalities, feature sizes and label set are the data's. */
  model: modelSizes().prefault({}),
  /** What is trained: causal, bidirectional, or one checkpoint for both, the mode drawn for each batch. */
  mode: z.enum([...MODES, 'both']).default('both'),
  /** With mode `both`: the part of the batches that is live. */
  liveShare: z.number().min(0).max(1).default(0.5),
  optimiser: optimiserSchema.prefault({}),
  schedule: scheduleSchema.prefault({ kind: 'cosine' }),
  /** Rare classes count more in the loss; `none` optimises accuracy and so, nearly, weighted F1. */
  classWeights: classWeightsSchema.default('none'),
  /** Szegedy et al. 2016. Three annotators often disagree on an emotion: full certainty is not what they show. */
  labelSmoothing: rate.default(0.1),
  /** How often training takes modalities away: inputs do lack some. See src/training/modality-dropout.ts. */
  modalityDropout: modalityDropoutSchema.default(0.15),
  /** Begin with a checkpoint's weights and learn only some of them. See src/training/fine-tune.ts. */
  fineTune: fineTuneSchema.nullable().default(null),
  /**
   * Decay of the moving average of the weights that is scored and kept (Polyak and Juditsky 1992); null keeps the weights
   * themselves: under a cosine schedule, whose rate falls to nothing, an average gains nothing.
   */
  weightAverage: rate.nullable().default(null),
  /** Conversations a step: the published code's 10. */
  batchSize: z.int().positive().default(10),
  /** Batches sorted by length together; 1 leaves the order to chance. */
  bucketBatches: z.int().positive().default(4),
  epochs: z.int().positive().default(60),
  /** Epochs without a better dev score after which the run ends; null runs all of them. */
  patience: z.int().positive().nullable().default(15),
  /**
   * Whose weights are kept: of the best epoch on the dev split, or of the last one. A dev split of a dozen
   * conversations is noisy; a run whose rate falls to nothing is at its best near its end.
   */
  keep: z.enum(['best', 'last']).default('best'),
  /** One whole training each; its place among the seeds changes nothing. */
  seeds: z.array(z.int().nonnegative()).min(1).default([1]),
  /** Data-parallel worker threads. Two halve the time of large models; results are the same run after run for each. */
  threads: z.union([z.literal(1), z.literal(2)]).default(1),
  card: cardSchema.prefault({}),
  /** Where runs, logs and the finished model go. */
  out: z.string().min(1).default('runs/train'),
})

/** Everything that decides a training run, with the defaults and their reasons. YAML files and flags fill it. */
export const trainConfigSchema = fieldsSchema.superRefine(({ data, keep, patience, schedule }, context) => {
  const complain = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
  const { visualPairing, labelSet, modalities } = data
  if (visualPairing !== null) {
    const labels: readonly string[] = LABEL_SETS[labelSet]
    const unknown = Object.keys(visualPairing.emotions).find((label) => !labels.includes(label))
    if (unknown !== undefined) complain(['data', 'visualPairing', 'emotions', unknown], `labels of ${labelSet}`)
    if (!modalities.includes('visual')) complain(['data', 'modalities'], 'visual among them, with data.visualPairing')
  }
  if (!data.learnFromDev) return
  if (keep !== 'last') complain(['keep'], 'last: with data.learnFromDev no dev split is left to choose an epoch by')
  if (patience !== null) complain(['patience'], 'null: with data.learnFromDev no dev split is left to stop by')
  if (schedule.kind === 'plateau')
    complain(['schedule', 'kind'], 'cosine or constant: data.learnFromDev leaves no dev scores')
})

export type TrainConfig = z.infer<typeof trainConfigSchema>
export type TrainConfigInput = z.input<typeof trainConfigSchema>

/** The modes that a configuration trains, and so the ones that dev scores are taken in. */
export function trainedModes(mode: TrainConfig['mode']): Mode[] {
  return mode === 'both' ? [...MODES] : [modeSchema.parse(mode)]
}

/** The classes [C] that are learned. */
export function classNames(config: TrainConfig): readonly string[] {
  return LABEL_SETS[config.data.labelSet]
}

function modelSizes() {
  const { modalities: _modalities, featureSizes: _sizes, labelSet: _labels, ...sizes } = corectConfigSchema.shape
  return z.strictObject(sizes)
}

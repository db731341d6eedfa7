import { z } from 'zod'
import { LABEL_SETS, labelSetNameSchema } from '../conversation/label-sets.ts'
import { MODALITIES, type Modality, modalitySchema } from '../conversation/modality.ts'
import { EmographError } from '../errors.ts'

const size = z.int().positive()
const rate = z.number().min(0).lt(1)

/** Dropout rates in training. The published code drops in the text encoder and the classifier only, both at .5. */
const dropoutSchema = z.strictObject({
  /** Attention weights, feed-forward and residual of the text encoder (one rate, as in nn.TransformerEncoderLayer). */
  textEncoder: rate.default(0.5),
  /** Hidden layer of the classifier. */
  classifier: rate.default(0.5),
  /** What the classifier is given, [graph ‖ cross-modal]; none in the published code. */
  representation: rate.default(0),
  /** The normalised features themselves, before anything else; none in the published code. */
  input: z.strictObject({ text: rate.default(0), audio: rate.default(0), visual: rate.default(0) }).prefault({}),
  /** Between the two linear layers of the audio and visual projections; none in the published code. */
  projection: rate.default(0),
  /** The four dropouts of the cross-modal transformers (Tsai et al. 2019); the published code leaves all at 0. */
  crossmodalEmbedding: rate.default(0),
  crossmodalAttention: rate.default(0),
  crossmodalRelu: rate.default(0),
  crossmodalResidual: rate.default(0),
})

/**
 * Every size of the model. Defaults are those of the CORECT paper (EMNLP 2023) and its published code, IEMOCAP six-way.
 * Only the modalities, their feature sizes and the label set have none: they are the data's.
 */
export const corectConfigSchema = z
  .strictObject({
    /** Modalities that the model can take, kept in the order text, audio, visual. An utterance may lack any. */
    modalities: z
      .array(modalitySchema)
      .min(1)
      .transform((given) => MODALITIES.filter((modality) => given.includes(modality))),
    /** Numbers per utterance of each modality (the paper: text 768, audio 100, visual 512). */
    featureSizes: z.partialRecord(modalitySchema, size),
    labelSet: labelSetNameSchema,
    /** d: width of a node, of cross-modal attention and of the classifier's hidden layer. */
    hidden: size.default(100),
    /** An utterance receives graph messages from up to `past` earlier utterances: published wf=5, whose end is exclusive. */
    past: z.int().nonnegative().default(4),
    /** … and, offline only, from up to `future` later ones: published wp=11 (its edges run source -> target). */
    future: z.int().nonnegative().default(11),
    /** Rows of the speaker embedding table: IEMOCAP's conversations are dyadic. Further speakers share the last. */
    speakers: size.default(2),
    /**
     * Temporal relations split by whether the two utterances are of one speaker (DialogueGCN, Ghosal et al. 2019). Not
     * in CORECT; who spoke is much of what an earlier utterance says about this one.
     */
    speakerRelations: z.boolean().default(false),
    /**
     * A learned bias on every attention logit, for each head: b for a key of the query's own speaker, and a slope by
     * which keys fade with their distance (the form of ALiBi, Press et al. 2022). Not in CORECT, whose attention knows
     * neither who spoke nor when.
     */
    attentionBias: z.boolean().default(false),
    /**
     * Modalities that the model sees twice: scaled by the training split's statistics, and by the speaker's own so far
     * (speaker-normalisation.ts, causal in both modes). Not in CORECT; a voice is loud or high for *somebody*.
     */
    speakerViews: z.array(modalitySchema).default([]),
    /**
     * Modalities that stand beside graph and attention (late-fusion.ts): each adds its own logits where it is there. Not
     * in CORECT; for a modality that is learned from other data than the rest, which stays exactly what it is without it.
     */
    late: z.array(modalitySchema).default([]),
    /** Heads of the graph's TransformerConv, each of width `hidden`, concatenated. */
    graphHeads: size.default(7),
    crossmodalHeads: size.default(2),
    crossmodalLayers: size.default(2),
    /** Heads and layers of the memory self-attention over the concatenated cross-modal outputs. */
    selfAttentionHeads: size.default(2),
    selfAttentionLayers: size.default(3),
    textEncoderLayers: size.default(2),
    /** 8 divides the published text size 768 and MiniLM's 384; it must divide the text feature size. */
    textEncoderHeads: size.default(8),
    /** Width of the text encoder: features first go through linear and ReLU to it. Absent, as published: their own. */
    textWidth: size.optional(),
    /** Inner width of the text encoder's feed-forward part, nn.TransformerEncoderLayer's default. */
    textEncoderFeedForward: size.default(2048),
    /**
     * Attention reaches at most `maxHistory` - 1 utterances back (offline also forward), which bounds the memory and
     * time of a conversation that never ends. IEMOCAP's longest dialogue has 110 utterances: nothing is cut there.
     */
    maxHistory: size.default(128),
    dropout: dropoutSchema.prefault({}),
  })
  .superRefine((config, context) => {
    const complain = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    for (const modality of config.modalities) {
      if (config.featureSizes[modality] === undefined) complain('featureSizes', `no size for ${modality}`)
    }
    const text = config.textWidth ?? config.featureSizes.text
    if (config.modalities.includes('text') && text !== undefined && text % config.textEncoderHeads !== 0) {
      complain('textEncoderHeads', `${config.textEncoderHeads} heads do not divide the text width ${text}`)
    }
    if (config.late.some((modality) => !config.modalities.includes(modality)))
      complain('late', 'modalities of the model')
    const core = coreModalities(config)
    if (core.length === 0) complain('late', 'at least one modality that is not late')
    if (core.length > 1) {
      const memory = (core.length - 1) * config.hidden
      if (config.hidden % config.crossmodalHeads !== 0) {
        complain('crossmodalHeads', `${config.crossmodalHeads} heads do not divide hidden ${config.hidden}`)
      }
      if (memory % config.selfAttentionHeads !== 0) {
        complain('selfAttentionHeads', `${config.selfAttentionHeads} heads do not divide the memory width ${memory}`)
      }
    }
  })

export type CorectConfig = z.infer<typeof corectConfigSchema>
/** What a person writes: everything with a default may be left away. */
export type CorectConfigInput = z.input<typeof corectConfigSchema>

/**
 * A complete, checked configuration.
 * @throws EMO_CONFIG_INVALID naming the field.
 * @example parseCorectConfig({ modalities: ['text', 'audio'], featureSizes: { text: 384, audio: 66 }, labelSet: 'iemocap6' })
 */
export function parseCorectConfig(input: unknown, file?: string): CorectConfig {
  const parsed = corectConfigSchema.safeParse(input)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new EmographError('EMO_CONFIG_INVALID', {
    ...(file === undefined ? {} : { file }),
    field: issue.path.join('.') || 'model',
    expected: issue.message,
    cause: parsed.error,
  })
}

/** The modalities that take part in graph and attention. */
export function coreModalities({
  modalities,
  late = [],
}: Pick<CorectConfig, 'modalities'> & Partial<Pick<CorectConfig, 'late'>>): Modality[] {
  return modalities.filter((modality) => !late.includes(modality))
}

/** The model without its late modalities: what is left is CORECT. */
export function coreConfig(config: CorectConfig): CorectConfig {
  return { ...config, modalities: coreModalities(config), late: [] }
}

/** C: number of classes. */
export function classCount(config: CorectConfig): number {
  return LABEL_SETS[config.labelSet].length
}

/** D_m: numbers per utterance of a modality, as an encoder gives them. */
export function featureSize(config: Pick<CorectConfig, 'featureSizes'>, modality: Modality): number {
  const value = config.featureSizes[modality]
  if (value === undefined) {
    throw new EmographError('EMO_CONFIG_INVALID', {
      field: `featureSizes.${modality}`,
      expected: 'a size',
      got: 'none',
    })
  }
  return value
}

/** Numbers per utterance that the model takes of a modality: D_m, twice that with a speaker view. */
export function inputSize(
  config: Pick<CorectConfig, 'featureSizes'> & Partial<Pick<CorectConfig, 'speakerViews'>>,
  modality: Modality,
): number {
  return featureSize(config, modality) * (config.speakerViews?.includes(modality) ? 2 : 1)
}

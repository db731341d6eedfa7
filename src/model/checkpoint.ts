import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { modalitySchema, type PerModality } from '../conversation/modality.ts'
import { MODES, type Mode, modeSchema } from '../conversation/mode.ts'
import { EmographError } from '../errors.ts'
import { type CorectConfig, corectConfigSchema } from './config.ts'
import { checkWeights, corectParameters } from './corect-parameters.ts'
import { restoreFolder, writeFolder } from './folder.ts'
import { type Normalisation, normalisationSchema } from './normalisation.ts'
import { readSafetensors, writeSafetensors } from './safetensors.ts'

const CHECKPOINT_FILES = {
  config: 'config.json',
  weights: 'weights.safetensors',
  normalisation: 'normalisation.json',
  card: 'README.md',
} as const

/** Where the numbers of a modality came from in training, so that a server can make the same. */
const featureDescriptionSchema = z.strictObject({
  /** Name of the encoder that makes them (text: TextEncoder.name). */
  encoder: z.string().min(1).optional(),
  /** Names of the columns, in order. */
  columns: z.array(z.string()).optional(),
  description: z.string().optional(),
})
export type FeatureDescription = z.infer<typeof featureDescriptionSchema>

const configFileSchema = z.strictObject({
  format: z.literal('emograph-checkpoint'),
  version: z.literal(1),
  name: z.string().min(1),
  /** The modes that the weights were trained for. */
  modes: z.array(modeSchema).min(1),
  model: corectConfigSchema,
  features: z.partialRecord(modalitySchema, featureDescriptionSchema),
  metrics: z.record(z.string(), z.unknown()),
  weights: z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), bytes: z.int().positive() }),
})

/** A trained model with all that is needed to label with it. */
export interface Checkpoint {
  readonly name: string
  readonly modes: readonly Mode[]
  /** What createCorect takes; `model.labelSet` is the label set. */
  readonly model: CorectConfig
  readonly features: PerModality<FeatureDescription>
  readonly normalisation: Normalisation
  /** Figures, as training wrote them. */
  readonly metrics: Readonly<Record<string, unknown>>
  readonly weights: ReadonlyMap<string, Float32Array>
  /** Of weights.safetensors, in hex: the identity of the model. */
  readonly sha256: string
  /** The model card, Markdown. */
  readonly card: string
}

/** What a checkpoint is written from; the card is asked for once the sum of the weights is known. */
export interface CheckpointParts extends Omit<Checkpoint, 'sha256' | 'card' | 'modes'> {
  /** Both by default. */
  readonly modes?: readonly Mode[]
  readonly card: (sha256: string) => string
}

/**
 * Writes a checkpoint folder, whole or not at all (see `writeFolder`); what a crash leaves, {@link loadCheckpoint} puts
 * back.
 *
 * @throws EMO_SHAPE_MISMATCH when the weights do not fit the configuration.
 */
export async function saveCheckpoint(dir: string, parts: CheckpointParts): Promise<{ sha256: string }> {
  const { model, weights, features, normalisation, metrics, name, modes = MODES } = parts
  checkWeights(model, weights)
  const bytes = writeSafetensors(
    corectParameters(model).map((parameter) => [
      parameter.name,
      { shape: parameter.shape, data: weights.get(parameter.name)! },
    ]),
    { format: 'emograph' },
  )
  const sha256 = digest(bytes)
  const config: z.input<typeof configFileSchema> = {
    format: 'emograph-checkpoint',
    version: 1,
    name,
    modes: [...modes],
    model,
    features,
    metrics,
    weights: { sha256, bytes: bytes.length },
  }
  await writeFolder(dir, {
    [CHECKPOINT_FILES.weights]: bytes,
    [CHECKPOINT_FILES.normalisation]: json(normalisation),
    [CHECKPOINT_FILES.card]: parts.card(sha256),
    [CHECKPOINT_FILES.config]: json(config),
  })
  return { sha256 }
}

/**
 * Reads a checkpoint folder and checks all of it: every file there, the schemas, the SHA-256 of the weights, every
 * tensor's name and size, the statistics' sizes.
 *
 * @throws EMO_CHECKPOINT_INVALID, EMO_CONFIG_INVALID, EMO_SAFETENSORS_HEADER, EMO_SAFETENSORS_DATA, EMO_SHAPE_MISMATCH.
 */
export async function loadCheckpoint(dir: string): Promise<Checkpoint> {
  await restoreFolder(dir)
  const read = async (name: keyof typeof CHECKPOINT_FILES): Promise<Buffer> => {
    const file = join(dir, CHECKPOINT_FILES[name])
    return readFile(file).catch((cause: unknown) => {
      throw new EmographError('EMO_CHECKPOINT_INVALID', { file, expected: 'a readable file', got: 'none', cause })
    })
  }
  const config = parseJson(configFileSchema, await read('config'), join(dir, CHECKPOINT_FILES.config))
  const statistics = join(dir, CHECKPOINT_FILES.normalisation)
  const normalisation = parseJson(normalisationSchema, await read('normalisation'), statistics)
  const file = join(dir, CHECKPOINT_FILES.weights)
  const bytes = await read('weights')
  const sha256 = digest(bytes)
  if (sha256 !== config.weights.sha256) throw invalid(file, 'SHA-256', config.weights.sha256, sha256)
  const weights = new Map<string, Float32Array>()
  for (const [name, { data }] of readSafetensors(bytes, file).tensors) weights.set(name, Float32Array.from(data))
  checkWeights(config.model, weights)
  for (const modality of config.model.modalities) {
    const size = config.model.featureSizes[modality]
    const given = normalisation[modality]?.mean.length
    if (given !== undefined && given !== size) throw invalid(statistics, modality, `${size} columns`, `${given}`)
    const columns = config.features[modality]?.columns?.length
    if (columns !== undefined && columns !== size) {
      throw invalid(join(dir, CHECKPOINT_FILES.config), `features.${modality}.columns`, `${size}`, `${columns}`)
    }
  }
  const { name, modes, model, features, metrics } = config
  const card = (await read('card')).toString('utf8')
  return { name, modes, model, features, normalisation, metrics, weights, sha256, card }
}

function parseJson<S extends z.ZodType>(schema: S, bytes: Buffer, file: string): z.infer<S> {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw new EmographError('EMO_CHECKPOINT_INVALID', { file, expected: 'JSON', cause })
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const field = issue.path.join('.') || 'the whole file'
  throw new EmographError('EMO_CHECKPOINT_INVALID', { file, field, expected: issue.message, cause: parsed.error })
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

function invalid(file: string, field: string, expected: string, got: string): EmographError {
  return new EmographError('EMO_CHECKPOINT_INVALID', { file, field, expected, got })
}

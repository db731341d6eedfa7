import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { describeIssue } from '../describe-issue.ts'
import { EmographError } from '../errors.ts'
import { restoreFolder, writeFolder } from '../model/folder.ts'
import { readSafetensors, writeSafetensors } from '../model/safetensors.ts'
import { personScalingSchema, splittingSchema, TASKS } from './config.ts'
import { architectureOf } from './networks/create-network.ts'
import { networkSchema } from './networks/network.ts'
import { type Standardisation, standardisationSchema } from './standardisation.ts'

const FILES = {
  config: 'config.json',
  standardisation: 'standardisation.json',
  weights: 'weights.safetensors',
  card: 'README.md',
} as const

const configFileSchema = z.strictObject({
  format: z.literal('emograph-recogniser'),
  version: z.literal(1),
  name: z.string().min(1),
  task: z.enum(TASKS),
  labels: z.array(z.string().min(1)).min(2),
  network: networkSchema,
  /** Identity of what makes the numbers: an extractor of another name makes others. */
  features: z.string().min(1),
  crop: z.enum(['face', 'whole']),
  personScaling: personScalingSchema.nullable(),
  /** How the set was divided that it was trained on, so that an evaluation takes no item that it has learnt. */
  splitting: splittingSchema,
  /** Figures of the training run, as its model card tells them. */
  metrics: z.unknown(),
  weights: z.strictObject({ sha256: z.string(), bytes: z.int().positive() }),
})

/** All that a trained recogniser is, as it lies in its folder. */
export interface RecogniserParts extends Omit<z.infer<typeof configFileSchema>, 'format' | 'version' | 'weights'> {
  readonly standardisation: Standardisation
  readonly weights: ReadonlyMap<string, Float32Array>
}

export interface StoredRecogniser extends RecogniserParts {
  readonly sha256: string
  readonly card: string
}

/** Writes a recogniser's folder, whole or not at all. */
export async function saveRecogniser(
  dir: string,
  parts: RecogniserParts,
  card: (sha256: string) => string,
): Promise<{ sha256: string }> {
  const { standardisation, weights, ...config } = parts
  const sizes = { width: standardisation.mean.length, classes: parts.labels.length }
  const tensors = architectureOf(parts.network, sizes).parameters.map(
    ({ name, shape }) => [name, { shape, data: weights.get(name)! }] as const,
  )
  const bytes = writeSafetensors(tensors, { format: 'emograph' })
  const sha256 = digest(bytes)
  const written: z.input<typeof configFileSchema> = {
    format: 'emograph-recogniser',
    version: 1,
    ...config,
    weights: { sha256, bytes: bytes.length },
  }
  await writeFolder(dir, {
    [FILES.weights]: bytes,
    [FILES.standardisation]: `${JSON.stringify(standardisation)}\n`,
    [FILES.card]: card(sha256),
    [FILES.config]: `${JSON.stringify(written, null, 2)}\n`,
  })
  return { sha256 }
}

/**
 * Reads a recogniser's folder and checks its files, schemas and the SHA-256 of its weights.
 * @throws EMO_CHECKPOINT_INVALID, EMO_SAFETENSORS_HEADER, EMO_SAFETENSORS_DATA
 */
export async function loadRecogniserFolder(dir: string): Promise<StoredRecogniser> {
  await restoreFolder(dir)
  const read = (name: keyof typeof FILES): Promise<Buffer> =>
    readFile(join(dir, FILES[name])).catch((cause: unknown) => {
      throw invalid(join(dir, FILES[name]), 'a readable file', cause)
    })
  const config = parse(configFileSchema, await read('config'), join(dir, FILES.config))
  const standardisation = parse(standardisationSchema, await read('standardisation'), join(dir, FILES.standardisation))
  const file = join(dir, FILES.weights)
  const bytes = await read('weights')
  const sha256 = digest(bytes)
  if (sha256 !== config.weights.sha256)
    throw invalid(file, `SHA-256 ${config.weights.sha256}`, undefined, { got: sha256 })
  const weights = new Map(
    [...readSafetensors(bytes, file).tensors].map(([name, { data }]) => [name, Float32Array.from(data)]),
  )
  const { format: _format, version: _version, weights: _weights, ...parts } = config
  return { ...parts, standardisation, weights, sha256, card: (await read('card')).toString('utf8') }
}

function parse<S extends z.ZodType>(schema: S, bytes: Buffer, file: string): z.infer<S> {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw invalid(file, 'JSON', cause)
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const { expected, got } = describeIssue(issue, value)
  throw invalid(file, expected, parsed.error, { field: issue.path.join('.') || 'the whole file', got })
}

const invalid = (
  file: string,
  expected: string,
  cause?: unknown,
  more: { field?: string; got?: string } = {},
): EmographError =>
  new EmographError('EMO_CHECKPOINT_INVALID', {
    file,
    expected,
    ...more,
    fix: 'Take a whole folder that `emograph train audio` or `train face` wrote, or one under models/.',
    cause,
  })

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

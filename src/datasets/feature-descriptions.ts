import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { type Modality, modalitySchema, type PerModality } from '../conversation/modality.ts'
import { parseJsonLine } from './text-lines.ts'
import { parseWith } from './validation.ts'

/** Beside a JSONL file that `emograph extract` wrote: what made its features, and what is missing. */
export const EXTRACTION_REPORT = 'extraction.json'

export const featureDescriptionsSchema = z.partialRecord(
  modalitySchema,
  z.strictObject({
    /** Name of the encoder. */
    encoder: z.string().min(1),
    /** Names of the columns, in order, where each has a meaning of its own. */
    columns: z.array(z.string()).optional(),
  }),
)
export type FeatureDescriptions = z.infer<typeof featureDescriptionsSchema>

/**
 * What made the features of a JSONL file, of these modalities, as the extraction beside it says; nothing where there is
 * none. A model that learns from the file records it, so that a server can make the same features.
 *
 * @throws EMO_FILE_FORMAT when the report is none
 */
export async function readFeatureDescriptions(
  jsonl: string,
  modalities: readonly Modality[],
): Promise<PerModality<NonNullable<FeatureDescriptions[Modality]>>> {
  const file = join(dirname(jsonl), EXTRACTION_REPORT)
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined || !jsonl.endsWith('.jsonl')) return {}
  const schema = z.object({ features: featureDescriptionsSchema })
  const { features } = parseWith(schema, parseJsonLine({ number: 1, text }, file), { file }, 'EMO_FILE_FORMAT')
  return Object.fromEntries(Object.entries(features).filter(([name]) => modalities.includes(name as Modality)))
}

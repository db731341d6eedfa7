import { z } from 'zod'
import { MODALITIES, modalitySchema } from '../conversation/modality.ts'
import { featureDescriptionsSchema } from '../datasets/feature-descriptions.ts'
import type { ExtractionJob, JobResult } from './job.ts'
import type { Parts } from './parts.ts'

/** How many utterances a remark names. */
const NAMED = 5

/** `extraction.json`: no words and no times of the run, so that two runs of one source give the same file. */
export const extractionReportSchema = z.strictObject({
  /** Digest of source, media and encoders. */
  key: z.string(),
  features: featureDescriptionsSchema,
  conversations: z.int(),
  utterances: z.int(),
  /** Utterances that have the modality. */
  present: z.partialRecord(modalitySchema, z.int()),
  /** Each modality that an utterance lacks. */
  missing: z.array(
    z.strictObject({ conversation: z.string(), utterance: z.string(), modality: modalitySchema, reason: z.string() }),
  ),
  /** What was odd about the source. */
  remarks: z.array(z.string()),
})
export type ExtractionReport = z.infer<typeof extractionReportSchema>

export async function reportOf(
  jobs: readonly ExtractionJob[],
  parts: Parts,
  source: { readonly key: string; readonly remarks: readonly string[] },
): Promise<ExtractionReport> {
  const facts = await Promise.all(jobs.map((job) => parts.facts(job)))
  const missing = facts.flatMap((each) => each.missing)
  const features = facts[0]?.features ?? {}
  const conversations = jobs.flatMap((job) => job.conversations)
  const utterances = conversations.reduce((sum, conversation) => sum + conversation.utterances.length, 0)
  const made = MODALITIES.filter((modality) => features[modality] !== undefined)
  const lacking = (modality: string): number => missing.filter((each) => each.modality === modality).length
  return {
    key: source.key,
    features,
    conversations: conversations.length,
    utterances,
    present: Object.fromEntries(made.map((modality) => [modality, utterances - lacking(modality)])),
    missing,
    remarks: [...source.remarks, ...damageOf(facts.flatMap((each) => each.damaged))],
  }
}

/** A sentence a modality, with the first few names. */
function damageOf(damaged: JobResult['damaged']): string[] {
  return MODALITIES.flatMap((modality) => {
    const names = damaged.filter((each) => each.modality === modality).map((each) => each.utterance)
    if (names.length === 0) return []
    const shown = `${names.slice(0, NAMED).join(', ')}${names.length > NAMED ? ', …' : ''}`
    return [`${names.length} × ${modality} of a file that is cut off or damaged, by what could be read of it: ${shown}`]
  })
}

/** The report in lines for people. */
export function explainExtraction(report: ExtractionReport): string[] {
  const { conversations, utterances, present, features, missing } = report
  const lines = [`${conversations} conversations, ${utterances} utterances`]
  for (const modality of MODALITIES) {
    const { encoder } = features[modality] ?? {}
    if (encoder === undefined) continue
    lines.push(`${modality}: ${present[modality]} of ${utterances} (${encoder})`)
    const reasons = new Map<string, number>()
    for (const each of missing)
      if (each.modality === modality) reasons.set(each.reason, (reasons.get(each.reason) ?? 0) + 1)
    for (const [reason, count] of reasons) lines.push(`  ${count} × ${reason}`)
  }
  return [...lines, ...report.remarks]
}

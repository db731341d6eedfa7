import { createHash } from 'node:crypto'
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Conversation } from '../conversation/conversation.ts'
import { EXTRACTION_REPORT } from '../datasets/feature-descriptions.ts'
import { writeJsonl } from '../datasets/jsonl-writer.ts'
import type { ExtractionJob, ExtractionSource, ExtractorOptions } from './job.ts'
import { jobKey, openParts, type Parts, parseJson } from './parts.ts'
import { runJobs } from './pool.ts'
import { type ExtractionReport, extractionReportSchema, reportOf } from './report.ts'

/** Names of the files in the output folder. */
export const EXTRACTION_FILES = { features: 'features.jsonl', report: EXTRACTION_REPORT, parts: 'parts' } as const

export interface ExtractOptions {
  readonly extractor: ExtractorOptions
  readonly out: string
  readonly workers: number
  /** After each job, and once at the start with what an earlier run had done. */
  readonly onProgress?: ((progress: ExtractionProgress) => void) | undefined
}

export interface ExtractionProgress {
  readonly utterances: number
  readonly total: number
  /** Of `utterances`, those that an earlier run had done. */
  readonly resumed: number
}

/**
 * Features of every utterance of a source, written to `out`: `features.jsonl` with a sidecar a modality
 * (docs/formats.md) and `extraction.json`, which says what made them and what is missing.
 *
 * Finished jobs are kept under `out/parts` until all is written: a run that was cut off, however hard, goes on where it
 * was, and one that had ended is not done again while its source, media and encoders are the same. The output is the
 * same to the byte for any number of threads and any number of interruptions.
 */
export async function extract(source: ExtractionSource, options: ExtractOptions): Promise<ExtractionReport> {
  const { jobs, remarks } = source
  const key = await extractionKey(jobs, options.extractor)
  const done = await finished(options.out, key)
  if (done !== undefined) return done

  await mkdir(options.out, { recursive: true })
  const parts = await openParts(join(options.out, EXTRACTION_FILES.parts), options.extractor)
  const left: ExtractionJob[] = []
  for (const job of jobs) if (!(await parts.has(job))) left.push(job)
  const total = countUtterances(jobs)
  const resumed = total - countUtterances(left)
  let utterances = resumed
  options.onProgress?.({ utterances, total, resumed })
  await runJobs(left, options, async (job, result) => {
    await parts.write(job, result)
    utterances += countUtterances([job])
    options.onProgress?.({ utterances, total, resumed })
  })

  const report = await reportOf(jobs, parts, { key, remarks })
  await writeJsonl(join(options.out, EXTRACTION_FILES.features), inOrder(jobs, parts), { features: 'sidecar' })
  const file = join(options.out, EXTRACTION_FILES.report)
  await writeFile(`${file}.tmp`, `${JSON.stringify(report, null, 1)}\n`)
  await rename(`${file}.tmp`, file)
  await parts.remove()
  return report
}

async function* inOrder(jobs: readonly ExtractionJob[], parts: Parts): AsyncGenerator<Conversation> {
  for (const job of jobs) yield* parts.conversations(job)
}

const countUtterances = (jobs: readonly ExtractionJob[]): number =>
  jobs.reduce((sum, { media }) => sum + media.reduce((count, list) => count + list.length, 0), 0)

async function extractionKey(jobs: readonly ExtractionJob[], extractor: ExtractorOptions): Promise<string> {
  const hash = createHash('sha256')
  for (const job of jobs) hash.update(await jobKey(job, extractor))
  return hash.digest('hex')
}

/** The report of an extraction that has ended before with the same key. */
async function finished(out: string, key: string): Promise<ExtractionReport | undefined> {
  const [text] = await Promise.all([
    readFile(join(out, EXTRACTION_FILES.report), 'utf8'),
    access(join(out, EXTRACTION_FILES.features)),
  ]).catch(() => [undefined])
  // One that is broken, or of another version, is as good as none: the work is done again.
  const report = extractionReportSchema.safeParse(parseJson(text)).data
  return report?.key === key ? report : undefined
}

import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { modalitySchema } from '../conversation/modality.ts'
import { featureDescriptionsSchema } from '../datasets/feature-descriptions.ts'
import { readJsonl } from '../datasets/jsonl.ts'
import { writeJsonl } from '../datasets/jsonl-writer.ts'
import { packageVersion } from '../package.ts'
import type { ExtractionJob, ExtractorOptions, JobResult } from './job.ts'

const placeSchema = z.object({ conversation: z.string(), utterance: z.string(), modality: modalitySchema })

const partSchema = z.object({
  key: z.string(),
  features: featureDescriptionsSchema,
  missing: z.array(z.object({ ...placeSchema.shape, reason: z.string() })),
  damaged: z.array(placeSchema),
})

/** The finished jobs of an extraction on disk, each whole or not at all, so that a run that is killed can go on. */
export interface Parts {
  /** Whether the job was finished before, from the same media, with the same encoders. */
  has(job: ExtractionJob): Promise<boolean>
  write(job: ExtractionJob, result: JobResult): Promise<void>
  conversations(job: ExtractionJob): ReturnType<typeof readJsonl>
  /** Of a finished job: what made its features, and what it lacks. */
  facts(job: ExtractionJob): Promise<Pick<JobResult, 'features' | 'missing' | 'damaged'>>
  /** Once the output is whole, the parts are not needed. */
  remove(): Promise<void>
}

/**
 * Parts in `folder`: `JOB.jsonl` with its sidecars, and `JOB.json`, written last, which says that the part is whole and by
 * a key what it was made from.
 */
export async function openParts(folder: string, extractor: ExtractorOptions): Promise<Parts> {
  await mkdir(folder, { recursive: true })
  // An id may hold what a file's name may not; the digest keeps those apart that look alike without it.
  const base = ({ id }: ExtractionJob): string =>
    join(folder, `${id.replaceAll(/[^\w.-]+/g, '_').slice(0, 80)}-${digest(id).slice(0, 8)}`)
  const read = async (job: ExtractionJob): Promise<z.infer<typeof partSchema> | undefined> => {
    const text = await readFile(`${base(job)}.json`, 'utf8').catch(() => undefined)
    // A part of another version is done again.
    return partSchema.safeParse(parseJson(text)).data
  }
  return {
    has: async (job) => (await read(job))?.key === (await jobKey(job, extractor)),
    async write(job, { conversations, ...facts }) {
      const state = `${base(job)}.json`
      await rm(state, { force: true })
      await writeJsonl(`${base(job)}.jsonl`, conversations, { features: 'sidecar' })
      await writeFile(`${state}.tmp`, JSON.stringify({ key: await jobKey(job, extractor), ...facts }))
      await rename(`${state}.tmp`, state)
    },
    conversations: (job) => readJsonl(`${base(job)}.jsonl`),
    facts: async (job) => (await read(job)) ?? { features: {}, missing: [], damaged: [] },
    remove: () => rm(folder, { recursive: true }),
  }
}

/** JSON; undefined for what is none. */
export function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Digest of all that decides a job's features: its text and times, the options, this version, size and date of its media. */
export async function jobKey(job: ExtractionJob, extractor: ExtractorOptions): Promise<string> {
  const files = new Set(
    job.media.flat().flatMap(({ audio, video, picture }) => (picture ? [picture.file] : [audio?.file, video?.file])),
  )
  const states = await Promise.all(
    Array.from(files, async (file) => {
      const status = file === undefined ? undefined : await stat(file).catch(() => undefined)
      return status === undefined ? null : [status.size, status.mtimeMs]
    }),
  )
  return digest(JSON.stringify([job, extractor, packageVersion(), states]))
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

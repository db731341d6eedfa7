import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ExtractorOptions } from '../../src/extraction/job.ts'
import { packagePath } from '../../src/package.ts'

/** The made-up corpus that is shipped. */
export const SAMPLE = packagePath('data/iemocap/sample')

/** Text and audio as the command takes them by default: no pictures, which take longest. */
export const TEXT_AND_AUDIO: ExtractorOptions = {
  modalities: ['text', 'audio'],
  textEncoder: 'all-MiniLM-L6-v2:q8',
  calibratedAudio: true,
  framesPerSecond: 5,
}

/** Every file of a folder by its name with its digest. */
export async function digests(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort()
  const entries = names.map(async (name) => {
    const bytes = await readFile(join(folder, name))
    return [name, createHash('sha256').update(bytes).digest('hex')] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

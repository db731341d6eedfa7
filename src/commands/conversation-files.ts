import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { EmographError } from '../errors.ts'

/** The JSONL files of a folder, in the order of their names. @throws EMO_FILE_MISSING */
export async function listJsonl(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new EmographError('EMO_FILE_MISSING', { file: folder, cause })
  })
  return names
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => join(folder, name))
}

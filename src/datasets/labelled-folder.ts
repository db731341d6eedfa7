import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { EmographError } from '../errors.ts'
import { type LabelledMedia, type LabelledSet, labelsOf } from './labelled-media.ts'
import { labelledPath } from './labelled-path.ts'

export const AUDIO_EXTENSIONS: readonly string[] = ['.wav', '.flac', '.mp3', '.m4a', '.ogg', '.opus', '.mp4', '.webm']
export const IMAGE_EXTENSIONS: readonly string[] = ['.jpg', '.jpeg', '.png', '.webp', '.bmp']

/**
 * A folder with a folder a class (`happy/1.wav`), below folders for the splits where there are such
 * (`train/happy/1.wav`). Other files, and files whose names begin with a dot, are passed over.
 *
 * @throws EMO_FILE_MISSING without the folder; EMO_DATA_EMPTY without one such file
 */
export async function readLabelledFolder(dir: string, extensions: readonly string[]): Promise<LabelledSet> {
  const items: LabelledMedia[] = []
  for (const id of await filesBelow(dir, extensions)) {
    const place = labelledPath(id)
    const file = join(dir, id)
    if (place !== undefined) items.push({ id, ...place, file, read: () => readFile(file) })
  }
  if (items.length === 0) {
    throw new EmographError('EMO_DATA_EMPTY', {
      file: dir,
      expected: 'files in a folder for each class',
      got: 'none',
      fix: 'docs/recognisers.md says how a folder is laid out, and what else is read.',
    })
  }
  return { labels: labelsOf(items), items }
}

/** The files of a folder and the folders below it by relative path, sorted. @throws EMO_FILE_MISSING */
export async function filesBelow(dir: string, extensions: readonly string[]): Promise<string[]> {
  const isFolder = await stat(dir).then(
    (status) => status.isDirectory(),
    () => false,
  )
  if (!isFolder) throw new EmographError('EMO_FILE_MISSING', { file: dir, expected: 'a folder', got: 'none' })
  const entries = await readdir(dir, { recursive: true })
  return entries
    .filter((path) => extensions.includes(extname(path).toLowerCase()) && !/(^|[\\/])\./.test(path))
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
}

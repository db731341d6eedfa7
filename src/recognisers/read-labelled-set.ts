import { stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { readFer2013 } from '../datasets/fer2013.ts'
import { AUDIO_EXTENSIONS, filesBelow, IMAGE_EXTENSIONS, readLabelledFolder } from '../datasets/labelled-folder.ts'
import { readLabelledList } from '../datasets/labelled-list.ts'
import type { LabelledSet } from '../datasets/labelled-media.ts'
import { readLabelledTar } from '../datasets/labelled-tar.ts'
import { parseRavdessName, readRavdess } from '../datasets/ravdess.ts'
import type { Task } from './config.ts'

/**
 * A labelled set by what lies at the path. Audio: a folder of RAVDESS names, a folder a class, or a tab-separated list.
 * Face: a folder a class, a tar file of one, FER2013's csv, or a tab-separated list.
 *
 * @throws what the readers throw
 */
export async function readLabelledSet(path: string, task: Task): Promise<LabelledSet> {
  const isFolder = await stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  )
  if (!isFolder && task === 'face' && extname(path) === '.tar') return readLabelledTar(path)
  if (!isFolder && task === 'face' && extname(path) === '.csv') return readFer2013(path)
  if (!isFolder) return readLabelledList(path)
  if (task === 'face') return readLabelledFolder(path, IMAGE_EXTENSIONS)
  const files = await filesBelow(path, AUDIO_EXTENSIONS)
  const named = files.some((file) => parseRavdessName(file) !== undefined)
  return named ? readRavdess(path) : readLabelledFolder(path, AUDIO_EXTENSIONS)
}

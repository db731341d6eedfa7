import { createReadStream } from 'node:fs'
import { extname } from 'node:path'
import { extract } from 'tar-stream'
import { EmographError, isEmographError } from '../errors.ts'
import { requireFile } from '../require-file.ts'
import { IMAGE_EXTENSIONS } from './labelled-folder.ts'
import { type LabelledMedia, type LabelledSet, labelsOf } from './labelled-media.ts'
import { labelledPath } from './labelled-path.ts'

/** A picture beyond this is no picture of one face. */
const MAX_ENTRY_BYTES = 16 * 2 ** 20

/**
 * The pictures of a tar file whose paths are as those of a labelled folder (`train/happy/17.jpg`). They are kept in
 * memory; nothing is unpacked to disk.
 *
 * @throws EMO_FILE_MISSING; EMO_FILE_FORMAT for what is no tar file; EMO_DATA_EMPTY without one such picture
 */
export async function readLabelledTar(path: string): Promise<LabelledSet> {
  await requireFile(path)
  const items: LabelledMedia[] = []
  const input = createReadStream(path)
  const archive = extract()
  input.on('error', (error) => archive.destroy(error))
  input.pipe(archive)
  try {
    for await (const entry of archive) {
      const { name, type, size } = entry.header
      const place = labelledPath(name)
      const picture = type === 'file' && IMAGE_EXTENSIONS.includes(extname(name).toLowerCase())
      if (!picture || place === undefined || size > MAX_ENTRY_BYTES) {
        entry.resume()
        continue
      }
      const chunks: Uint8Array[] = []
      for await (const chunk of entry) chunks.push(chunk as Uint8Array)
      const bytes = Buffer.concat(chunks)
      items.push({ id: name, ...place, read: async () => bytes })
    }
  } catch (cause) {
    if (isEmographError(cause)) throw cause
    throw new EmographError('EMO_FILE_FORMAT', { file: path, expected: 'a tar file', cause })
  } finally {
    input.destroy()
  }
  if (items.length === 0) {
    throw new EmographError('EMO_DATA_EMPTY', {
      file: path,
      expected: 'pictures in a folder a class',
      got: 'none',
      fix: 'docs/recognisers.md says how the folders are laid out.',
    })
  }
  items.sort((a, b) => (a.id < b.id ? -1 : 1))
  return { labels: labelsOf(items), items }
}

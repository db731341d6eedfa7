import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { SPLITS, type Split } from '../conversation/conversation.ts'
import { EmographError } from '../errors.ts'
import { type LabelledMedia, type LabelledSet, labelsOf } from './labelled-media.ts'
import { textLines } from './text-lines.ts'

/**
 * A tab-separated list: `path  label  [split]  [person]` a line, paths from the list's own folder. Empty lines and lines
 * that begin with `#` are passed over; an empty cell says nothing.
 *
 * @throws EMO_FILE_MISSING; EMO_FILE_FORMAT naming the line; EMO_DATA_EMPTY
 */
export async function readLabelledList(path: string): Promise<LabelledSet> {
  const items: LabelledMedia[] = []
  for await (const { number, text } of textLines(path)) {
    if (text.trim() === '' || text.startsWith('#')) continue
    const [id = '', label = '', split = '', person = '', ...more] = text.split('\t').map((cell) => cell.trim())
    if (id === '' || label === '' || more.length > 0) {
      throw new EmographError('EMO_FILE_FORMAT', {
        file: path,
        line: number,
        expected: 'path, label, and perhaps split and person, with tabs between them',
        got: `${text.split('\t').length} cells`,
      })
    }
    if (split !== '' && !isSplit(split)) {
      throw new EmographError('EMO_FILE_FORMAT', {
        file: path,
        line: number,
        field: 'split',
        expected: SPLITS.join(', '),
        got: 'another word',
      })
    }
    const file = resolve(dirname(path), id)
    items.push({
      id,
      label,
      ...(isSplit(split) && { split }),
      ...(person !== '' && { person }),
      file,
      read: () => readListed(file, path, number),
    })
  }
  if (items.length === 0) throw new EmographError('EMO_DATA_EMPTY', { file: path, expected: 'lines', got: 'none' })
  return { labels: labelsOf(items), items }
}

const isSplit = (word: string): word is Split => (SPLITS as readonly string[]).includes(word)

async function readListed(file: string, list: string, line: number): Promise<Uint8Array> {
  return readFile(file).catch((cause: unknown) => {
    throw new EmographError('EMO_FILE_MISSING', {
      file: list,
      line,
      expected: 'a file at the path',
      got: 'none',
      cause,
    })
  })
}

import sharp from 'sharp'
import type { Split } from '../conversation/conversation.ts'
import { EmographError } from '../errors.ts'
import { csvRows } from './csv-rows.ts'
import type { LabelledMedia, LabelledSet } from './labelled-media.ts'

/** The seven emotions of FER2013 in the order of its numbers 0 to 6 (Goodfellow et al. 2013). */
const FER2013_EMOTIONS = ['angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral'] as const

const SIDE = 48
const USAGES: Readonly<Record<string, Split>> = { Training: 'train', PublicTest: 'val', PrivateTest: 'test' }

/**
 * FER2013's csv: `emotion,pixels,Usage`, the pixels 48 x 48 grey values with spaces between them, row by row. The
 * public test is `val`, the private one `test`. Pictures are given as PNG.
 *
 * @throws EMO_FILE_MISSING; EMO_FILE_FORMAT naming the line; EMO_DATA_EMPTY
 */
export async function readFer2013(path: string): Promise<LabelledSet> {
  const items: LabelledMedia[] = []
  let columns: { emotion: number; pixels: number; usage: number } | undefined
  for await (const { line, cells } of csvRows(path)) {
    if (columns === undefined) {
      columns = columnsOf(cells, path)
      continue
    }
    const fault = (field: string, expected: string, got: string): EmographError =>
      new EmographError('EMO_FILE_FORMAT', { file: path, line, field, expected, got })
    const label = FER2013_EMOTIONS[Number(cells[columns.emotion])]
    if (label === undefined) throw fault('emotion', 'a whole number from 0 to 6', 'another')
    const split = USAGES[cells[columns.usage]!]
    if (split === undefined) throw fault('Usage', `one of ${Object.keys(USAGES).join(', ')}`, 'another')
    const values = cells[columns.pixels]!.trim().split(/\s+/).map(Number)
    const pixels = parsePixels(values)
    if (pixels === undefined) {
      const got = values.length === SIDE * SIDE ? 'another number among them' : `${values.length}`
      throw fault('pixels', `${SIDE * SIDE} whole numbers from 0 to 255`, got)
    }
    items.push({ id: `row ${line}`, label, split, read: () => encodePng(pixels) })
  }
  if (items.length === 0) throw new EmographError('EMO_DATA_EMPTY', { file: path, expected: 'rows', got: 'none' })
  return { labels: FER2013_EMOTIONS, items }
}

function columnsOf(header: readonly string[], file: string): { emotion: number; pixels: number; usage: number } {
  const place = (name: string): number => {
    const index = header.findIndex((cell) => cell.trim().toLowerCase() === name)
    if (index >= 0) return index
    throw new EmographError('EMO_FILE_FORMAT', { file, line: 1, expected: 'the columns emotion, pixels, Usage' })
  }
  return { emotion: place('emotion'), pixels: place('pixels'), usage: place('usage') }
}

function parsePixels(values: readonly number[]): Uint8Array | undefined {
  const sound = values.length === SIDE * SIDE && values.every((v) => Number.isInteger(v) && v >= 0 && v <= 255)
  return sound ? Uint8Array.from(values) : undefined
}

const encodePng = (pixels: Uint8Array): Promise<Uint8Array> =>
  sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 1 } })
    .png({ compressionLevel: 1 })
    .toBuffer()

import { open } from 'node:fs/promises'
import { EmographError, type ErrorPlace } from '../errors.ts'
import { decodeFloat32 } from '../float32.ts'
import { requireFile } from '../require-file.ts'

const BYTES = 4
/** Neighbouring rows are asked for one after the other: one read of the disk serves many. */
const BLOCK_BYTES = 1 << 18

/** A file of little-endian float32 numbers, row by row, `columns` numbers a row, without a header. */
export interface Float32File {
  readonly rows: number
  /** Row `row` (from 0) as [columns]. @throws EMO_FEATURE_SIZE when the file has no such row. */
  readRow(row: number, place: ErrorPlace): Promise<Float32Array>
  close(): Promise<void>
}

/**
 * @throws EMO_FILE_MISSING; EMO_FEATURE_SIZE when the file does not hold a whole number of rows.
 */
export async function openFloat32File(path: string, columns: number, place: ErrorPlace = {}): Promise<Float32File> {
  const { bytes } = await requireFile(path)
  if (bytes % (columns * BYTES) !== 0) {
    throw new EmographError('EMO_FEATURE_SIZE', {
      file: path,
      ...place,
      expected: `a whole number of rows of ${columns} float32 numbers in ${path}`,
      got: `${bytes} bytes, that is ${bytes / (columns * BYTES)} rows`,
    })
  }
  const rows = bytes / (columns * BYTES)
  const blockRows = Math.max(1, Math.floor(BLOCK_BYTES / (columns * BYTES)))
  const handle = await open(path, 'r')
  let block: { readonly index: number; readonly values: Float32Array } = { index: -1, values: new Float32Array() }
  const readBlock = async (index: number) => {
    const first = index * blockRows
    const buffer = Buffer.alloc(Math.min(blockRows, rows - first) * columns * BYTES)
    await handle.read(buffer, 0, buffer.length, first * columns * BYTES)
    return { index, values: decodeFloat32(buffer) }
  }
  return {
    rows,
    async readRow(row, at) {
      if (row >= rows) {
        throw new EmographError('EMO_FEATURE_SIZE', {
          ...at,
          expected: `a row below ${rows}, the rows of ${path}`,
          got: `row ${row}`,
        })
      }
      const index = Math.floor(row / blockRows)
      if (block.index !== index) block = await readBlock(index)
      const from = (row - index * blockRows) * columns
      return block.values.slice(from, from + columns)
    },
    close: () => handle.close(),
  }
}

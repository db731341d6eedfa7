import { open } from 'node:fs/promises'
import { EmographError, type ErrorPlace } from '../errors.ts'
import { decodeFloat32 } from '../float32.ts'
import { requireFile } from './text-lines.ts'

const BYTES = 4

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
  const handle = await open(path, 'r')
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
      const buffer = Buffer.alloc(columns * BYTES)
      await handle.read(buffer, 0, buffer.length, row * buffer.length)
      return decodeFloat32(buffer)
    },
    close: () => handle.close(),
  }
}

import { createReadStream } from 'node:fs'
import { CsvError, parse } from 'csv-parse'
import { EmographError } from '../errors.ts'
import { requireFile } from '../require-file.ts'

export interface CsvRow {
  /** The line of the file on which the row ends, from 1. */
  readonly line: number
  readonly cells: readonly string[]
}

/**
 * The rows of a CSV file (RFC 4180, UTF-8), one after the other, the header among them.
 *
 * @throws EMO_FILE_MISSING; EMO_FILE_FORMAT when a quote is not closed or rows have different numbers of cells.
 */
export async function* csvRows(path: string): AsyncGenerator<CsvRow> {
  await requireFile(path)
  const input = createReadStream(path)
  const parser = input.pipe(parse({ bom: true, info: true, skip_empty_lines: true }))
  input.on('error', (error) => parser.destroy(error))
  try {
    for await (const { info, record } of parser as AsyncIterable<{ info: { lines: number }; record: string[] }>) {
      yield { line: info.lines, cells: record }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    // Its own message would quote the row.
    throw new EmographError('EMO_FILE_FORMAT', {
      file: path,
      line: Number(error.lines),
      expected: 'a row with as many cells as the one before it, quotes closed',
      got: String(error.code).toLowerCase().replaceAll('_', ' '),
    })
  } finally {
    input.destroy()
    parser.destroy()
  }
}

import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { EmographError } from '../errors.ts'
import { requireFile } from '../require-file.ts'

export interface TextLine {
  /** From 1. */
  readonly number: number
  /** Without its line end; the first line without a byte order mark. */
  readonly text: string
}

/** The lines of a UTF-8 file one after the other; the file is never in memory as a whole. @throws EMO_FILE_MISSING */
export async function* textLines(path: string): AsyncGenerator<TextLine> {
  await requireFile(path)
  const input = createReadStream(path, 'utf8')
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  try {
    let number = 0
    for await (const text of lines) {
      number += 1
      yield { number, text: number === 1 ? text.replace(/^\uFEFF/, '') : text }
    }
  } finally {
    lines.close()
    input.destroy()
  }
}

/** JSON of one line. @throws EMO_FILE_FORMAT without the parser's own message, which quotes the line. */
export function parseJsonLine(line: TextLine, file: string): unknown {
  try {
    return JSON.parse(line.text)
  } catch {
    throw new EmographError('EMO_FILE_FORMAT', {
      file,
      line: line.number,
      expected: 'one JSON object',
      got: `${line.text.length} characters that are not JSON`,
    })
  }
}

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { EmographError } from '../../src/errors.ts'
import { failureText } from '../../src/terminal/failure-text.ts'

const file = fileURLToPath(import.meta.url)
const failed = (attempt: Promise<unknown>): Promise<unknown> => attempt.then(() => undefined, failureText)

test('a file that the system does not give says which, what was expected and what to do, without a stack', async () => {
  const below = join(file, 'below')
  const texts = [writeFile(below, ''), mkdir(below, { recursive: true }), readFile(below)].map(failed)
  for (const text of await Promise.all(texts)) {
    expect(text).toMatch(/^EMO_FILE_ACCESS.*: expected a place where files can be made and written, got E[A-Z]+ \(/)
    expect(text).not.toMatch(/ at async | {4}at /)
  }
})

test('a coded error is its message; of anything else the whole is kept', () => {
  const fault = new TypeError('x is not a function')
  expect(failureText(new EmographError('EMO_DATA_EMPTY', { expected: 'rows' }))).toMatch(
    /^EMO_DATA_EMPTY: expected rows/,
  )
  expect(failureText(fault)).toBe(fault)
})

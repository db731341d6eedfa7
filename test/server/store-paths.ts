import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** Paths for the stores of one test file, in a folder that goes with it; called at its top. */
export function storePaths(): () => string {
  const folder = mkdtempSync(join(tmpdir(), 'emograph-stores-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  let files = 0
  return () => join(folder, `${++files}.sqlite`)
}

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from 'vitest'

/** The folder of licensed research data beside the repository; never part of it. */
export const SHARED = process.env.EMOGRAPH_SHARED ?? join(import.meta.dirname, '../../../shared')

/** `describe` for tests on real data; where the data is absent they are skipped, and the title says why. */
export function describeWithShared(path: string, title: string, body: () => void): void {
  const there = existsSync(join(SHARED, path))
  describe.skipIf(!there)(there ? title : `${title} [skipped: no ${path} in ${SHARED}]`, body)
}

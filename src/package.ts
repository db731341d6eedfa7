import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

/** The path of a file or folder of this package, in a checkout and when installed: `src` and `dist` lie in its root. */
export const packagePath = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

/** The version in package.json. */
export function packageVersion(): string {
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(packagePath('package.json'), 'utf8'))).version
}

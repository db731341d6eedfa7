import { readFile } from 'node:fs/promises'
import { EmographError } from '../errors.ts'
import { hashToken, isAccessToken, type TokenHash } from './auth.ts'

/** How a hash is told from a token where either may stand: `sha256:` and 64 hex digits. */
const HASH = /^sha256:([0-9a-f]{64})$/i

/** One entry of a token file or of EMOGRAPH_TOKENS. */
function parseEntry(entry: string, place: { file: string; line?: number }): TokenHash {
  const hash = HASH.exec(entry)?.[1]
  if (hash !== undefined) return hash.toLowerCase()
  if (!entry.startsWith('sha256:') && isAccessToken(entry)) return hashToken(entry)
  throw new EmographError('EMO_CONFIG_INVALID', {
    ...place,
    expected: 'sha256: and 64 hex digits, or a token of 24 to 512 letters, digits, ".", "_", "~", "-"',
    got: `${entry.length} characters that are neither`,
    fix: '`emograph token` makes a token and prints both.',
  })
}

/**
 * The hashes of a token file: one entry a line, a hash (`sha256:…`) or a token itself; `#` begins a comment.
 * @throws EMO_FILE_MISSING; EMO_CONFIG_INVALID naming the line, and never what stands in it
 */
export async function readTokenFile(file: string): Promise<TokenHash[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new EmographError('EMO_FILE_MISSING', { file, expected: 'a file of access tokens or their hashes', cause })
  })
  const hashes = text.split(/\r?\n/).flatMap((line, index) => {
    const entry = line.replace(/(^|\s)#.*$/, '').trim()
    return entry === '' ? [] : [parseEntry(entry, { file, line: index + 1 })]
  })
  // A file that was named and lets everybody in would be a mistake that nobody sees.
  if (hashes.length > 0) return hashes
  throw new EmographError('EMO_CONFIG_INVALID', { file, expected: 'at least one token or hash', got: 'none' })
}

/** The hashes of the variable EMOGRAPH_TOKENS: entries as in a token file, separated by blanks or commas. */
export function tokensOfEnvironment(environment: NodeJS.ProcessEnv): TokenHash[] {
  return (environment.EMOGRAPH_TOKENS ?? '')
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map((entry) => parseEntry(entry, { file: 'EMOGRAPH_TOKENS' }))
}

import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { EmographError } from './errors.ts'

/**
 * That there is a file at `path` and that it may be read. Pipes and devices are refused: they may never end, and most
 * readers open a file more than once.
 * @throws EMO_FILE_MISSING saying which it is: nothing, a folder, no regular file, one that may not be read
 */
export async function requireFile(path: string): Promise<{ readonly bytes: number }> {
  const found = await stat(path).catch((cause: unknown) => {
    throw missingFile(path, cause)
  })
  if (!found.isFile()) throw missing(path, found.isDirectory() ? 'a folder' : 'a pipe or a device')
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw missingFile(path, cause)
  })
  return { bytes: found.size }
}

function missingFile(path: string, cause: unknown): EmographError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (code !== 'EACCES' && code !== 'EPERM') return missing(path, 'nothing', { cause })
  return missing(path, 'one that this user may not read', { cause, fix: 'Change its rights, or those of its folder.' })
}

const missing = (file: string, got: string, more: { fix?: string; cause?: unknown } = {}): EmographError =>
  new EmographError('EMO_FILE_MISSING', { file, expected: 'a file', got, ...more })

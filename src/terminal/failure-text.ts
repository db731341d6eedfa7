import { EmographError, isEmographError } from '../errors.ts'

/**
 * What a command that failed says. A coded error is complete for a stranger. A file that the system does not let us have
 * becomes one here, once for all commands; readers tell what is wrong with their own files. Of anything else, which is a
 * fault of ours, the stack is what helps.
 */
export function failureText(error: unknown): unknown {
  if (isEmographError(error)) return error.message
  if (!isFileError(error)) return error
  const { path: file, code, syscall } = error
  const expected = 'a place where files can be made and written'
  return new EmographError('EMO_FILE_ACCESS', { file, expected, got: `${code} (${syscall})` }).message
}

const isFileError = (error: unknown): error is { path: string; code: string; syscall: string } =>
  error instanceof Error &&
  ['path', 'code', 'syscall'].every(
    (name) => typeof (error as unknown as Record<string, unknown>)[name] === 'string',
  ) &&
  !String((error as NodeJS.ErrnoException).syscall).startsWith('spawn')

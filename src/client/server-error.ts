import { EmographError, ERRORS, type ErrorCode } from '../errors.ts'
import type { ErrorMessage } from '../server/protocol/server-messages.ts'

/** The server's error as one of ours, its message as the server wrote it. */
export function toError(message: ErrorMessage): EmographError {
  const error = new EmographError(Object.hasOwn(ERRORS, message.code) ? (message.code as ErrorCode) : 'EMO_INTERNAL')
  error.message = message.message
  return error
}

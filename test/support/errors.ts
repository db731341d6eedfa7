import { expect } from 'vitest'
import { EmographError, type ErrorCode } from '../../src/errors.ts'

/** The error that `attempt` ends in; fails when it ends well or with an error that is not ours. */
export async function errorOf(attempt: () => unknown): Promise<EmographError> {
  try {
    await attempt()
  } catch (error) {
    expect(error).toBeInstanceOf(EmographError)
    return error as EmographError
  }
  throw new Error('expected an EmographError, none came')
}

/** Expects `attempt` to end in `code`, with `parts` in the message. */
export async function expectError(attempt: () => unknown, code: ErrorCode, ...parts: string[]): Promise<void> {
  const error = await errorOf(attempt)
  expect(error.code, error.message).toBe(code)
  for (const part of parts) expect(error.message).toContain(part)
}

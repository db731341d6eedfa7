import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { EmographError, ERRORS, type ErrorCode, isEmographError } from '../src/errors.ts'

const documented = [
  ...readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8').matchAll(/^## (EMO_\w+)\s+(\S.*)/gm),
].map((match) => match[1])

test('docs/errors.md describes every code once, and no other', () => {
  expect(documented.toSorted()).toEqual(Object.keys(ERRORS).toSorted())
})

test('a message says where, what was expected, what came, what to do', () => {
  const error = new EmographError('EMO_FEATURE_SIZE', { file: 'a.jsonl', line: 3, field: 'f', expected: '2', got: '1' })
  expect(error.message).toBe(
    `EMO_FEATURE_SIZE at a.jsonl, line 3, field f: expected 2, got 1. ${ERRORS.EMO_FEATURE_SIZE.fix}`,
  )
  expect(isEmographError(error, 'EMO_FEATURE_SIZE')).toBe(true)
  expect(isEmographError(error, 'EMO_INTERNAL')).toBe(false)
})

test('messages of libraries become parts of the sentence', () => {
  const message = (expected: string, got: string) => new EmographError('EMO_CONFIG_INVALID', { expected, got }).message
  const fix = ERRORS.EMO_CONFIG_INVALID.fix
  expect(message('Too small: expected number to be >0', '0')).toContain(`: expected number to be >0, got 0. ${fix}`)
  expect(message('✖ Invalid input: expected object, received null', 'End of file.')).toContain(
    `: expected object, received null, got End of file. ${fix}`,
  )
})

test.each(Object.keys(ERRORS) as ErrorCode[])('%s has a status of HTTP and says what to do', (code) => {
  const { status, fix } = ERRORS[code]
  expect(status).toBeGreaterThanOrEqual(400)
  expect(status).toBeLessThan(600)
  expect(fix).toMatch(/[.]$/)
})

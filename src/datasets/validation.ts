import type { z } from 'zod'
import { LABEL_SETS, type LabelSetName, labelIndex } from '../conversation/label-sets.ts'
import { describeIssue } from '../describe-issue.ts'
import { EmographError, type ErrorCode, type ErrorPlace } from '../errors.ts'

/**
 * `value` through `schema`, or a coded error that names the first thing wrong in it. The message never holds a value
 * that came, only its kind or a number: what stands in a data set may be somebody's words.
 *
 * @throws `code`, or EMO_TIME_ORDER when the fault is an utterance that ends before it starts.
 */
export function parseWith<T>(
  schema: z.ZodType<T>,
  value: unknown,
  place: ErrorPlace,
  code: ErrorCode = 'EMO_CONVERSATION_INVALID',
): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  const { expected, got } = describeIssue(issue, value)
  const field = [place.field, fieldName(issue.path)].filter((part) => part !== undefined && part !== '').join('.')
  const timeOrder = issue.code === 'custom' && issue.path.at(-1) === 'endMs'
  throw new EmographError(timeOrder ? 'EMO_TIME_ORDER' : code, {
    ...place,
    ...(field !== '' && { field }),
    expected: timeOrder ? 'a time not before startMs' : expected,
    got,
  })
}

/** `['utterances', 3, 'endMs']` as people write it: `utterances[3].endMs`. */
function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, key) => {
    if (typeof key === 'number') return `${name}[${key}]`
    return name === '' ? String(key) : `${name}.${String(key)}`
  }, '')
}

/** @throws EMO_LABEL_UNKNOWN when `label` is neither null nor of the label set. */
export function requireLabel(set: LabelSetName, label: string | null, place: ErrorPlace): string | null {
  if (label !== null && labelIndex(set, label) < 0) {
    throw new EmographError('EMO_LABEL_UNKNOWN', {
      ...place,
      expected: `null or a label of ${set}: ${LABEL_SETS[set].join(', ')}`,
      got: /^[\w-]{1,24}$/.test(label) ? `"${label}"` : `a string of ${label.length} characters`,
    })
  }
  return label
}

/** @throws EMO_FEATURE_SIZE when a vector has not the expected number of columns. */
export function requireSize(expected: number, got: number, place: ErrorPlace): void {
  if (got === expected) return
  throw new EmographError('EMO_FEATURE_SIZE', { ...place, expected: `${expected} numbers`, got: `${got} numbers` })
}

/** @throws EMO_TIME_ORDER when an utterance ends before it starts. Times in ms. */
export function requireTimeOrder(startMs: number, endMs: number, place: ErrorPlace): void {
  if (endMs >= startMs) return
  throw new EmographError('EMO_TIME_ORDER', {
    ...place,
    expected: `an end not before the start at ${startMs} ms`,
    got: `${endMs} ms`,
  })
}

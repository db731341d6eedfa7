import type { z } from 'zod'

/** Types that have another name in zod than for people. */
const TYPE_NAMES: ReadonlyMap<string, string> = new Map([
  ['int', 'a whole number'],
  ['nonoptional', 'a value'],
])

/**
 * What a schema's issue expected and what came, in words. What came is told by its kind or number alone: it may be
 * somebody's words, or a token.
 */
export function describeIssue(
  issue: z.core.$ZodIssue,
  input: unknown,
): { readonly expected: string; readonly got: string } {
  const at = issue.path.reduce<unknown>((node, key) => (node as Record<PropertyKey, unknown> | undefined)?.[key], input)
  const expected =
    issue.code === 'invalid_type'
      ? (TYPE_NAMES.get(issue.expected) ?? issue.expected)
      : issue.message.replace(/^Invalid string: must match pattern /, 'a string of the form ')
  return { expected, got: kindOf(at) }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) return 'nothing'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string'
  if (Array.isArray(value)) return `a list of ${value.length}`
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

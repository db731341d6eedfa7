import { readFile } from 'node:fs/promises'
import { parseDocument } from 'yaml'
import type { z } from 'zod'
import { describeIssue } from './describe-issue.ts'
import { EmographError } from './errors.ts'

/** A tree of what a person wrote, before it is checked. */
export type ConfigTree = { [field: string]: unknown }

/**
 * The fields of a YAML file; none of an empty one.
 * @throws EMO_FILE_MISSING; EMO_CONFIG_INVALID naming the file and the line of a syntax error
 */
export async function readConfigTree(file: string): Promise<ConfigTree> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new EmographError('EMO_FILE_MISSING', { file, expected: 'a YAML configuration', cause })
  })
  const document = parseDocument(text)
  const problem = document.errors[0]
  if (problem !== undefined) {
    throw new EmographError('EMO_CONFIG_INVALID', {
      file,
      ...(problem.linePos === undefined ? {} : { line: problem.linePos[0].line }),
      expected: 'YAML',
      got: problem.message.split('\n')[0]!,
    })
  }
  const tree: unknown = document.toJS()
  if (tree === null || tree === undefined) return {}
  if (isConfigTree(tree)) return tree
  throw new EmographError('EMO_CONFIG_INVALID', { file, expected: 'fields with values', got: typeof tree })
}

/**
 * The checked configuration with every default filled in.
 * @throws EMO_CONFIG_INVALID naming the file, where there is one, and the field that is unknown or wrong
 */
export function parseConfig<S extends z.ZodType>(schema: S, input: unknown, file?: string): z.output<S> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const { issues } = parsed.error
  // A field that does not exist is often a misspelt one: it explains why another is missing.
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]!
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const path = [...issue.path.map(String), ...(unknown === undefined ? [] : [unknown])]
  throw new EmographError('EMO_CONFIG_INVALID', {
    ...(file === undefined ? {} : { file }),
    field: path.join('.') || 'configuration',
    ...(unknown === undefined
      ? describeIssue(issue, input)
      : { expected: 'a field that exists', got: 'an unknown one' }),
    cause: parsed.error,
  })
}

/** `over` put over `under`, records field by field; a list replaces a list, `undefined` nothing. */
export function mergeConfig(under: unknown, over: unknown): unknown {
  if (!isConfigTree(under) || !isConfigTree(over)) return over === undefined ? under : over
  const fields = new Set([...Object.keys(under), ...Object.keys(over)])
  return Object.fromEntries([...fields].map((field) => [field, mergeConfig(under[field], over[field])]))
}

const isConfigTree = (value: unknown): value is ConfigTree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

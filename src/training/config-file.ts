import { readFile } from 'node:fs/promises'
import { parseDocument } from 'yaml'
import { EmographError } from '../errors.ts'
import { type TrainConfig, trainConfigSchema } from './config.ts'

/** A tree of what a person wrote, before it is checked. */
export type ConfigTree = { [field: string]: unknown }

/**
 * The configuration of a training run: the YAML file, then `overrides` on top (a value replaces the file's, a list
 * as a whole), then the defaults.
 *
 * @param file path of a YAML file, or undefined for defaults alone
 * @param overrides by dotted path, such as `optimiser.learningRate`
 * @throws EMO_FILE_MISSING without the file; EMO_CONFIG_INVALID naming the file, the line of a syntax error, and the
 *   field that is unknown or wrong
 */
export async function loadTrainConfig(
  file: string | undefined,
  overrides: ReadonlyMap<string, unknown> = new Map(),
): Promise<TrainConfig> {
  const tree = file === undefined ? {} : await readTree(file)
  for (const [path, value] of overrides) setPath(tree, path, value)
  return parseTrainConfig(tree, file)
}

/** The checked configuration with every default filled in. @throws EMO_CONFIG_INVALID naming the field */
export function parseTrainConfig(input: unknown, file?: string): TrainConfig {
  const parsed = trainConfigSchema.safeParse(input)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const path = [...issue.path.map(String), ...(unknown === undefined ? [] : [unknown])]
  throw new EmographError('EMO_CONFIG_INVALID', {
    ...(file === undefined ? {} : { file }),
    field: path.join('.') || 'configuration',
    expected: unknown === undefined ? issue.message : 'a field that exists',
    ...(unknown === undefined ? {} : { got: 'an unknown one' }),
    cause: parsed.error,
  })
}

async function readTree(file: string): Promise<ConfigTree> {
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
  if (typeof tree !== 'object' || Array.isArray(tree)) {
    throw new EmographError('EMO_CONFIG_INVALID', { file, expected: 'fields with values', got: typeof tree })
  }
  return tree as ConfigTree
}

function setPath(tree: ConfigTree, path: string, value: unknown): void {
  const fields = path.split('.')
  let node = tree
  for (const field of fields.slice(0, -1)) {
    const next = node[field]
    if (typeof next !== 'object' || next === null || Array.isArray(next)) node[field] = {}
    node = node[field] as ConfigTree
  }
  node[fields.at(-1)!] = value
}

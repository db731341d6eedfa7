import { type ConfigTree, parseConfig, readConfigTree } from '../config-file.ts'
import { type TrainConfig, trainConfigSchema } from './config.ts'

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
  const tree = file === undefined ? {} : await readConfigTree(file)
  for (const [path, value] of overrides) setPath(tree, path, value)
  return parseTrainConfig(tree, file)
}

/** The checked configuration with every default filled in. @throws EMO_CONFIG_INVALID naming the field */
export function parseTrainConfig(input: unknown, file?: string): TrainConfig {
  return parseConfig(trainConfigSchema, input, file)
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

import { z } from 'zod'
import { mergeConfig, parseConfig, readConfigTree } from '../config-file.ts'
import { packagePath } from '../package.ts'
import { BACKENDS } from '../tensor/backend.ts'
import { readTokenFile, tokensOfEnvironment } from './access-tokens.ts'
import { serverConfigSchema } from './config.ts'
import { defaultDataDir } from './data-dir.ts'

/** What `emograph serve` is told: how the server runs, and with what. docs/configuration.md lists every field. */
const serveConfigSchema = serverConfigSchema.omit({ tokenHashes: true }).extend({
  /** The checkpoint folder; the one that the package ships. */
  model: z.string().min(1).default(packagePath('models/emograph-iemocap6')),
  /** Where sessions are kept: see `defaultDataDir`. `:memory:` keeps them until the server ends. */
  dataDir: z.string().min(1).optional(),
  /** What computes the model; the best that works here. */
  backend: z.enum(['auto', ...BACKENDS]).default('auto'),
  /** The speech recogniser: true takes the weights that `emograph fetch speech` has put there, if it has; or their folder. */
  speech: z.union([z.boolean(), z.string().min(1)]).default(true),
  /** Access tokens, or their hashes, one a line (`emograph token`); EMOGRAPH_TOKENS adds to them. */
  tokenFile: z.string().min(1).optional(),
})
export type ServeConfigInput = z.input<typeof serveConfigSchema>

export type ServeConfig = Omit<z.output<typeof serveConfigSchema>, 'tokenFile' | 'dataDir'> & {
  readonly dataDir: string
  readonly tokenHashes: string[]
}

/**
 * The configuration of a server: the YAML file, the flags on top of it, the defaults for the rest; paths are those of the
 * working directory. Tokens are read from their file here, and are hashes from here on.
 *
 * @throws EMO_FILE_MISSING; EMO_CONFIG_INVALID naming the file, the line of a syntax error, and the field that is unknown
 *   or wrong
 */
export async function loadServeConfig(
  file: string | undefined,
  flags: ServeConfigInput = {},
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ServeConfig> {
  const written = file === undefined ? {} : await readConfigTree(file)
  const {
    tokenFile,
    dataDir = defaultDataDir(environment),
    ...config
  } = parseConfig(serveConfigSchema, mergeConfig(written, flags), file)
  const filed = tokenFile === undefined ? [] : await readTokenFile(tokenFile)
  return { ...config, dataDir, tokenHashes: [...new Set([...filed, ...tokensOfEnvironment(environment)])] }
}

import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * The folder in which `emograph serve` keeps sessions when it is not told: EMOGRAPH_DATA_DIR, or else the one for a
 * program's state by the XDG Base Directory specification, `~/.local/state/emograph`.
 */
export function defaultDataDir(environment: NodeJS.ProcessEnv): string {
  const { EMOGRAPH_DATA_DIR: given, XDG_STATE_HOME: state } = environment
  if (given !== undefined && given !== '') return given
  return join(state !== undefined && state !== '' ? state : join(homedir(), '.local', 'state'), 'emograph')
}

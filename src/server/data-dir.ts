import { homedir } from 'node:os'
import { join } from 'node:path'
import type { ServerConfig } from './config.ts'
import { IN_MEMORY } from './store/database.ts'
import { createSessionStore, type SessionStore } from './store/session-store.ts'

/**
 * The folder in which `emograph serve` keeps sessions when it is not told: EMOGRAPH_DATA_DIR, or else the one for a
 * program's state by the XDG Base Directory specification, `~/.local/state/emograph`.
 */
export function defaultDataDir(environment: NodeJS.ProcessEnv): string {
  const { EMOGRAPH_DATA_DIR: given, XDG_STATE_HOME: state } = environment
  if (given !== undefined && given !== '') return given
  return join(state !== undefined && state !== '' ? state : join(homedir(), '.local', 'state'), 'emograph')
}

/** Opens the store of a server: a file in its folder, or memory. @throws EMO_STORE_UNAVAILABLE */
export function openStore({ dataDir, durability }: Pick<ServerConfig, 'dataDir' | 'durability'>): SessionStore {
  const path = dataDir === IN_MEMORY ? IN_MEMORY : join(dataDir, 'sessions.sqlite')
  return createSessionStore({ path, durability })
}

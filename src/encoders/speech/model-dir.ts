import { homedir } from 'node:os'
import { join } from 'node:path'
import { MOONSHINE_BASE } from './manifest.ts'

/** What of the environment decides where fetched weights lie. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly home: string
}

/**
 * Where the weights of the speech recogniser lie once they are fetched: `moonshine-base` in the folder that the
 * environment variable EMOGRAPH_MODELS names, or in the user's cache: `~/.cache/emograph/models` (XDG_CACHE_HOME), on
 * macOS under `~/Library/Caches`, on Windows under LOCALAPPDATA. Not in this package's own folder: that may be
 * read-only, and the next `npm ci` would throw 63 MB away.
 */
export function speechModelDir({ env, platform, home }: Surroundings = here()): string {
  const set = (name: string): string | undefined => env[name] || undefined
  const cache = {
    win32: set('LOCALAPPDATA') ?? join(home, 'AppData', 'Local'),
    darwin: join(home, 'Library', 'Caches'),
  }[platform as 'win32' | 'darwin']
  const models =
    set('EMOGRAPH_MODELS') ?? join(cache ?? set('XDG_CACHE_HOME') ?? join(home, '.cache'), 'emograph/models')
  return join(models, MOONSHINE_BASE.model)
}

const here = (): Surroundings => ({ env: process.env, platform: process.platform, home: homedir() })

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { speechModelDir } from '../../../src/encoders/speech/model-dir.ts'

test('the weights lie in the cache of the user, or where the environment says', () => {
  const at = (platform: NodeJS.Platform, env: Record<string, string> = {}) =>
    speechModelDir({ platform, env, home: join('/home', 'ann') })
  const tail = join('emograph', 'models', 'moonshine-base')
  expect(at('linux')).toBe(join('/home/ann/.cache', tail))
  expect(at('linux', { XDG_CACHE_HOME: '/cache' })).toBe(join('/cache', tail))
  expect(at('darwin')).toBe(join('/home/ann/Library/Caches', tail))
  expect(at('win32', { LOCALAPPDATA: '/local' })).toBe(join('/local', tail))
  for (const platform of ['linux', 'darwin', 'win32'] as const)
    expect(at(platform, { EMOGRAPH_MODELS: '/models', XDG_CACHE_HOME: '/x' })).toBe(join('/models', 'moonshine-base'))
  // An empty variable is none.
  expect(at('linux', { EMOGRAPH_MODELS: '' })).toBe(join('/home/ann/.cache', tail))
})

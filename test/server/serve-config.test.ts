import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { createAccessToken, hashToken } from '../../src/server/auth.ts'
import { parseServerConfig } from '../../src/server/config.ts'
import { loadServeConfig } from '../../src/server/serve-config.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emograph-serve-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function written(name: string, text: string): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, text)
  return file
}

describe('the configuration of a server', () => {
  test('is the flags, then the file, then the defaults', async () => {
    const ports = fc.record({ port: fc.integer({ min: 0, max: 65_535 }) }, { requiredKeys: [] })
    const sessions = fc.record({ sessions: fc.integer({ min: 1, max: 9 }) }, { requiredKeys: [] })
    const part = fc.record({ top: ports, limits: sessions }).map(({ top, limits }) => ({ ...top, limits }))
    await fc.assert(
      fc.asyncProperty(part, part, async (inFile, flags) => {
        const config = await loadServeConfig(await written('server.yaml', stringify(inFile)), flags, {})
        expect(config.port).toBe(flags.port ?? inFile.port ?? 8765)
        expect(config.limits.sessions).toBe(flags.limits.sessions ?? inFile.limits.sessions ?? 100)
        expect(config.host).toBe('127.0.0.1')
      }),
      { numRuns: 40 },
    )
  })

  test('names an unknown field, wherever it stands, and a wrong value', async () => {
    const load = async (text: string) => loadServeConfig(await written('wrong.yaml', text), {}, {})
    await expect(load('prot: 1')).rejects.toThrow(/EMO_CONFIG_INVALID at .*wrong.yaml, field prot: .*unknown/)
    await expect(load('limits:\n  session: 1')).rejects.toThrow(/field limits.session: .*unknown/)
    await expect(load('port: high')).rejects.toThrow(/field port/)
    await expect(load('retentionMs: 0')).rejects.toThrow(/field retentionMs/)
    await expect(loadServeConfig(undefined, { trustProxy: Number.NaN }, {})).rejects.toThrow(/field trustProxy/)
    await expect(load('tokenHashes: [a]')).rejects.toThrow(/field tokenHashes: .*unknown/)
  })

  test('has the hashes of the tokens in its file and in the environment, each once', async () => {
    const [one, two] = [createAccessToken(), createAccessToken()]
    const tokenFile = await written('tokens', `${one}\nsha256:${hashToken(two)}\n`)
    const config = await loadServeConfig(undefined, { tokenFile }, { EMOGRAPH_TOKENS: two })
    expect(config.tokenHashes).toEqual([hashToken(one), hashToken(two)])
    expect(JSON.stringify(config)).not.toContain(one)
    expect((await loadServeConfig(undefined, {}, {})).tokenHashes).toEqual([])
    await expect(loadServeConfig(undefined, { tokenFile: join(folder, 'absent') }, {})).rejects.toMatchObject({
      code: 'EMO_FILE_MISSING',
    })
  })

  test('keeps sessions where it is told, or where the environment or the XDG specification says', async () => {
    const dir = async (flags: object, environment: NodeJS.ProcessEnv) =>
      (await loadServeConfig(undefined, flags, environment)).dataDir
    expect(await dir({ dataDir: ':memory:' }, { EMOGRAPH_DATA_DIR: '/there' })).toBe(':memory:')
    expect(await dir({}, { EMOGRAPH_DATA_DIR: '/there', XDG_STATE_HOME: '/state' })).toBe('/there')
    expect(await dir({}, { XDG_STATE_HOME: '/state' })).toBe(join('/state', 'emograph'))
    expect(await dir({}, {})).toBe(join(homedir(), '.local', 'state', 'emograph'))
  })

  test('the example is one', async () => {
    const example = join(import.meta.dirname, '../../configs/server.yaml')
    expect(await loadServeConfig(example, {}, {})).toMatchObject({ trustProxy: 1, limits: { sessions: 50 } })
  })
})

test('the documentation names every field and every default', async () => {
  const page = await readFile(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8')
  const rows = page.slice(page.indexOf('# Configuration of the server')).split('\n')
  const row = (field: string) => rows.find((line) => line.startsWith(`| \`${field}\` |`))
  const { model: _model, dataDir: _dataDir, tokenHashes: _hashes, ...config } = await loadServeConfig(undefined, {}, {})
  for (const [field, value] of leavesOf(config)) {
    expect(row(field), field).toBeDefined()
    expect(row(field)!.split('|')[2]!.trim(), field).toBe(
      `\`${Array.isArray(value) ? `[${value.join(', ')}]` : String(value)}\``,
    )
  }
  for (const field of ['model', 'dataDir', 'tokenFile']) expect(row(field), field).toBeDefined()
})

function leavesOf(tree: object, prefix = ''): [string, unknown][] {
  return Object.entries(tree).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? leavesOf(value, `${prefix}${name}.`)
      : [[prefix + name, value] as [string, unknown]],
  )
}

test('an origin is as browsers send it; one that could never fit is refused', () => {
  const origins = ['https://example.org', 'http://localhost:3000', 'http://[::1]:80', 'chrome-extension://abc']
  expect(parseServerConfig({ allowedOrigins: origins }).allowedOrigins).toEqual(origins)
  const wrong = [
    '',
    '*',
    'null',
    'example.org',
    'https://example.org/',
    'https://a.org/page',
    'wss://a.org',
    'http://A.org',
  ]
  for (const origin of wrong)
    expect(() => parseServerConfig({ allowedOrigins: [origin] })).toThrow(
      /field allowedOrigins.0: expected an origin as/,
    )
})

import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { tokenCommand } from '../../src/commands/token.ts'
import { readTokenFile } from '../../src/server/access-tokens.ts'
import { hashToken, isAccessToken } from '../../src/server/auth.ts'

test('a token is printed once, and the server gets its hash alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'emograph-token-'))
  const file = join(folder, 'tokens')
  const printed: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line))
  for (const flags of [['--add', file, '--comment', 'Ann\nBob'], ['--add', file], ['--json'], []])
    await tokenCommand().parseAsync(flags, { from: 'user' })
  log.mockRestore()

  const [first, second, json, text] = printed as [string, string, string, string]
  expect(isAccessToken(first) && isAccessToken(second) && first !== second).toBe(true)
  expect(await readTokenFile(file)).toEqual([hashToken(first), hashToken(second)])
  const written = await readFile(file, 'utf8')
  expect(written).toContain('# Ann Bob')
  expect(written).not.toContain(first)
  expect((await stat(file)).mode & 0o077).toBe(0)
  const { token, sha256 } = JSON.parse(json) as { token: string; sha256: string }
  expect(sha256).toBe(hashToken(token))
  const [, shown, hash] = /for the client +(\S+)\nfor the token file +sha256:(\S+)$/.exec(text)!
  expect(hash).toBe(hashToken(shown!))
  await rm(folder, { recursive: true })
})

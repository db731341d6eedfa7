import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readTokenFile, tokensOfEnvironment } from '../../src/server/access-tokens.ts'
import {
  chooseSubprotocol,
  createAccessToken,
  createAuthenticator,
  equalHashes,
  hashToken,
  isAccessToken,
  presentedToken,
  SUBPROTOCOL,
} from '../../src/server/auth.ts'
import { mayResume, opensSession } from '../../src/server/session-access.ts'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-'
const tokens = fc.string({ unit: fc.constantFrom(...letters), minLength: 24, maxLength: 60 })
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
const subprotocols = (token: string) => ({
  headers: { 'sec-websocket-protocol': `${SUBPROTOCOL}, emograph.bearer.${token}` },
})

describe('access tokens', () => {
  test('a new one is 256 random bits that fit a header, and never the same', () => {
    const made = Array.from({ length: 100 }, createAccessToken)
    expect(new Set(made).size).toBe(100)
    for (const token of made) {
      expect(isAccessToken(token)).toBe(true)
      expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    }
  })

  test('exactly the configured ones are let in, by header or subprotocol, each as the owner of its hash', () => {
    fc.assert(
      fc.property(fc.uniqueArray(tokens, { minLength: 1, maxLength: 5 }), tokens, (known, other) => {
        const auth = createAuthenticator(known.map(hashToken))
        for (const token of known)
          for (const request of [bearer(token), subprotocols(token)])
            expect(auth.identify(request)).toBe(createHash('sha256').update(token).digest('hex').slice(0, 16))
        for (const request of [bearer(other), subprotocols(other)])
          if (!known.includes(other)) expect(() => auth.identify(request)).toThrow('EMO_UNAUTHORIZED')
      }),
    )
  })

  test('anything else is refused, and the refusal does not repeat it', () => {
    const auth = createAuthenticator([hashToken(createAccessToken())])
    const headers = fc.record(
      { authorization: fc.string(), 'sec-websocket-protocol': fc.string() },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(headers, (given) => {
        expect(() => auth.identify({ headers: given })).toThrow(/^EMO_UNAUTHORIZED\. /)
      }),
    )
    expect(() => auth.identify(bearer(hashToken(createAccessToken())))).toThrow('EMO_UNAUTHORIZED')
  })

  test('none configured: everybody passes, as nobody', () => {
    const auth = createAuthenticator([])
    expect([auth.required, auth.identify({ headers: {} }), auth.identify(bearer('x'))]).toEqual([
      false,
      undefined,
      undefined,
    ])
  })

  test('the hash is compared whole', () => {
    const hash = fc.stringMatching(/^[0-9a-f]{64}$/)
    fc.assert(
      fc.property(hash, hash, (a, b) => {
        expect(equalHashes(a, b)).toBe(a === b)
      }),
    )
    fc.assert(
      fc.property(hash, fc.nat(63), (a, at) => {
        const flipped = a.slice(0, at) + (a[at] === '0' ? '1' : '0') + a.slice(at + 1)
        expect([equalHashes(a, a), equalHashes(a, flipped), equalHashes(a, a.slice(0, at))]).toEqual([
          true,
          false,
          false,
        ])
      }),
    )
  })

  test('the subprotocol that carries a token is never the one that is answered', () => {
    expect(chooseSubprotocol(new Set(['emograph.bearer.secret', SUBPROTOCOL]))).toBe(SUBPROTOCOL)
    expect(chooseSubprotocol(new Set(['emograph.bearer.secret']))).toBe(false)
    expect(presentedToken({ headers: { 'sec-websocket-protocol': 'a,emograph.bearer.t,b' } })).toBe('t')
  })
})

describe('the token file', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'emograph-tokens-'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  const read = async (text: string) => {
    const file = join(folder, 'tokens')
    await writeFile(file, text)
    return readTokenFile(file)
  }

  test('holds tokens and hashes, one a line, with comments', async () => {
    const [one, two] = [createAccessToken(), createAccessToken()]
    const text = `# people\n${one}\n\n  sha256:${hashToken(two).toUpperCase().replace('SHA', 'sha')}  # two\r\n`
    expect(await read(text)).toEqual([hashToken(one), hashToken(two)])
    expect(tokensOfEnvironment({ EMOGRAPH_TOKENS: ` ${one},sha256:${hashToken(two)}\n` })).toEqual(await read(text))
    expect(tokensOfEnvironment({})).toEqual([])
  })

  test('a wrong line is named and not repeated; no token at all is an error', async () => {
    const wrong = read(`${createAccessToken()}\nunrepeatable secret\n`)
    await expect(wrong).rejects.toThrow(/EMO_CONFIG_INVALID at .*tokens, line 2/)
    await expect(wrong).rejects.not.toThrow(/unrepeatable/)
    await expect(read('too-short\n')).rejects.toMatchObject({ code: 'EMO_CONFIG_INVALID' })
    await expect(read('sha256:0123456789abcdef0123456789abcdef\n')).rejects.toMatchObject({
      code: 'EMO_CONFIG_INVALID',
    })
    await expect(read('# nobody\n')).rejects.toMatchObject({ code: 'EMO_CONFIG_INVALID' })
    await expect(readTokenFile(join(folder, 'absent'))).rejects.toMatchObject({ code: 'EMO_FILE_MISSING' })
  })
})

test('a session is opened by its own token and by the access token that made it, and resumed by both together', () => {
  const [own, access, foreign, revoked] = [0, 1, 2, 3].map(createAccessToken) as [string, string, string, string]
  const auth = createAuthenticator([access, foreign].map(hashToken))
  const made = (by: string) => ({
    tokenHash: hashToken(own),
    owner: createAuthenticator([hashToken(by)]).recognise(by),
  })
  const opens = (by: string) =>
    [own, access, foreign, revoked, '', undefined].map((token) => opensSession(token, made(by), auth))
  expect(opens(access)).toEqual([true, true, false, false, false, false])
  expect(opens(revoked)).toEqual([true, false, false, false, false, false])
  expect(opensSession(access, { tokenHash: hashToken(own) }, auth)).toBe(false)

  const owners = [access, foreign, revoked].map((token) => auth.recognise(token))
  expect(owners.map((owner) => mayResume(own, owner, made(access)))).toEqual([true, false, false])
  expect(mayResume(access, auth.recognise(access), made(access))).toBe(false)
  expect(mayResume(own, undefined, { tokenHash: hashToken(own) })).toBe(true)
})

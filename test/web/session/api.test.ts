import { describe, expect, test } from 'vitest'
import type { Access } from '../../../web/src/session/access.ts'
import { createApi } from '../../../web/src/session/api.ts'

interface Asked {
  readonly path: string
  readonly authorization: string | null
}

/** An API over answers that are given, and what it has asked for. */
function apiOf(answer: (path: string) => Response, token?: string) {
  const asked: Asked[] = []
  const access: Access = { token, remember: () => {}, forget: () => {} }
  const api = createApi(access, async (path, init) => {
    asked.push({ path: String(path), authorization: new Headers(init?.headers).get('authorization') })
    return answer(String(path))
  })
  return { api, asked }
}

const coded = (status: number, code: string): Response =>
  Response.json({ error: { code, message: `${code}: what to do.` } }, { status })

test('the access token goes with what is the server’s, the session’s own with what is the session’s', async () => {
  const { api, asked } = apiOf(() => Response.json({ sessions: [] }), 'access')
  await api.checkAccess()
  await api.deleteConversation({ id: 'a/b', token: 'own' })
  await api.exportConversation({ id: 'a', token: 'own' }, 'webvtt')
  expect(asked).toEqual([
    { path: '/v1/sessions', authorization: 'Bearer access' },
    { path: '/v1/sessions/a%2Fb', authorization: 'Bearer own' },
    { path: '/v1/sessions/a/export?format=webvtt', authorization: 'Bearer own' },
  ])
})

test('without a token none is sent', async () => {
  const { api, asked } = apiOf(() => Response.json({ sessions: [] }))
  await api.checkAccess()
  expect(asked[0]!.authorization).toBeNull()
})

describe('errors', () => {
  test.each([
    ['the server’s own', () => coded(401, 'EMO_UNAUTHORIZED'), 'EMO_UNAUTHORIZED', /EMO_UNAUTHORIZED: what to do\./],
    ['an unknown code', () => coded(418, 'EMO_NEW'), 'EMO_INTERNAL', /EMO_NEW: what to do\./],
    ['no JSON', () => new Response('<h1>proxy</h1>', { status: 502 }), 'EMO_INTERNAL', /status 502/],
    ['nothing there', () => new Response('', { status: 404 }), 'EMO_NOT_FOUND', /status 404/],
  ])('%s', async (_, answer, code, message) => {
    const { api } = apiOf(answer)
    await expect(api.checkAccess()).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  test('a server that does not answer', async () => {
    const { api } = apiOf(() => {
      throw new TypeError('fetch failed')
    })
    await expect(api.readModel()).rejects.toMatchObject({ code: 'EMO_CONNECTION_FAILED' })
  })
})

test('an export is named as the server names it', async () => {
  const { api } = apiOf(
    () => new Response('WEBVTT', { headers: { 'content-disposition': 'attachment; filename="talk.vtt"' } }),
  )
  const { blob, name } = await api.exportConversation({ id: 'a', token: 'own' }, 'webvtt')
  expect(name).toBe('talk.vtt')
  expect(await blob.text()).toBe('WEBVTT')
})

import { expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/client/client.ts'
import { hashToken } from '../../src/server/auth.ts'
import type { ServerOptions } from '../../src/server/server.ts'
import { serve as serveOne } from './serving.ts'

const ACCESS = ['a', 'b'].map((letter) => letter.repeat(32))

async function serve(options: Partial<ServerOptions> = {}) {
  const server = await serveOne(options)
  const get = (path: string, token?: string, method = 'GET') =>
    fetch(`${server.url}${path}`, {
      method,
      ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
    })
  return { server, get }
}

async function converse(url: string, token?: string) {
  const client = await connect(url, token === undefined ? {} : { token })
  onTestFinished(() => client.terminate())
  await client.configure({
    participants: [{ id: 'ann', name: 'Ann' }, { id: 'bob' }],
    consent: true,
    purpose: 'a test',
  })
  const labels = [
    await client.label({ participant: 'ann', text: 'How was it?', start_ms: 0, end_ms: 900 }),
    await client.label({ participant: 'bob', text: 'Better than ever.', start_ms: 1_000, end_ms: 2_300 }),
  ]
  return { client, labels, id: client.session.session_id, key: client.session.token }
}

test('a session is read with its labels, exported, drawn and deleted by its token', async () => {
  const { server, get } = await serve()
  const { client, labels, id, key } = await converse(server.socketUrl)
  const read = await (await get(`/v1/sessions/${id}`, key)).json()
  expect(read).toMatchObject({
    session_id: id,
    closed_at: null,
    mode: 'live',
    label_set: 'iemocap6',
    purpose: 'a test',
  })
  expect(read.utterances).toMatchObject(
    labels.map(({ utterance_id, text, label, probabilities, final }) => ({
      utterance_id,
      text,
      label,
      probabilities: probabilities.map(({ name, probability }) => ({ name, probability: expect.closeTo(probability) })),
      final,
    })),
  )

  for (const [format, type] of [
    ['jsonl', 'application/x-ndjson'],
    ['webvtt', 'text/vtt'],
    ['csv', 'text/csv'],
    ['emotionml', 'application/emotionml+xml'],
    ['rttm', 'text/plain'],
  ]) {
    const answer = await get(`/v1/sessions/${id}/export?format=${format}`, key)
    expect(answer.headers.get('content-type')).toContain(type)
    expect(answer.headers.get('content-disposition')).toContain(`emograph-${id}`)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await answer.text()).toContain('bob')
  }
  const graph = await (await get(`/v1/sessions/${id}/graph`, key)).json()
  expect(graph.nodes).toHaveLength(2)
  expect(await (await get(`/v1/sessions/${id}/graph?format=gexf`, key)).text()).toContain('<gexf')

  const closed = new Promise((resolve) => client.on('session.closed', ({ reason }) => resolve(reason)))
  expect((await get(`/v1/sessions/${id}`, key, 'DELETE')).status).toBe(204)
  expect(await closed).toBe('deleted')
  expect((await get(`/v1/sessions/${id}`, key)).status).toBe(404)
  expect((await get(`/v1/sessions/${id}`, key, 'DELETE')).status).toBe(404)
})

test('a session that is not there, one of another token and none at all are answered alike', async () => {
  const { server, get } = await serve()
  const { id } = await converse(server.socketUrl)
  const other = await converse(server.socketUrl)
  const bodies: string[] = []
  for (const path of [id, 'unknown', '%00', `${id}/export`, `${id}/graph`])
    for (const token of [undefined, other.key, 'x'.repeat(43)]) {
      const answer = await get(`/v1/sessions/${path}`, token)
      expect(answer.status).toBe(404)
      bodies.push(await answer.text())
    }
  expect(new Set(bodies).size).toBe(1)
})

test('an access token opens and lists the sessions that it made, and no others', async () => {
  const { server, get } = await serve({ tokenHashes: ACCESS.map(hashToken) })
  const mine = await converse(server.socketUrl, ACCESS[0])
  const theirs = await converse(server.socketUrl, ACCESS[1])
  const list = async (token?: string) => (await get('/v1/sessions', token)).json()
  expect((await list(ACCESS[0])).sessions).toMatchObject([{ session_id: mine.id, participants: [{ id: 'ann' }, {}] }])
  expect((await list(ACCESS[1])).sessions).toMatchObject([{ session_id: theirs.id }])
  expect((await list()).error.code).toBe('EMO_UNAUTHORIZED')
  expect((await get(`/v1/sessions/${mine.id}`, ACCESS[0])).status).toBe(200)
  expect((await get(`/v1/sessions/${mine.id}`, ACCESS[1])).status).toBe(404)
})

test('a format that there is not is a coded error that names the others', async () => {
  const { server, get } = await serve()
  const { id, key } = await converse(server.socketUrl)
  for (const format of ['docx', '', 'json&format=csv']) {
    const answer = await get(`/v1/sessions/${id}/export?format=${format}`, key)
    expect(answer.status).toBe(400)
    expect((await answer.json()).error).toMatchObject({ code: 'EMO_QUERY_INVALID' })
  }
})

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { CONFIGURE, transcript } from '../server/session-harness.ts'
import { writeTestCheckpoint } from '../server/test-checkpoint.ts'
import { openRaw } from '../support/raw-client.ts'
import { startServerProcess } from './server-process.ts'

let dir: string
let config: string
let remove: () => Promise<void>
beforeAll(async () => {
  ;({ dir, remove } = await writeTestCheckpoint())
  config = join(dir, 'server.yaml')
  // As long as a busy machine may take: a test has no time limits.
  await writeFile(config, stringify({ model: dir, dataDir: ':memory:', drainMs: 100_000 }))
})
afterAll(() => remove())

/** `/readyz`, asked again and again until nobody answers. */
async function watchReadiness(url: string): Promise<(number | 'gone')[]> {
  const seen: (number | 'gone')[] = []
  for (;;) {
    const status = await fetch(`${url}/readyz`).then(
      (response) => response.status,
      () => 'gone' as const,
    )
    if (seen.at(-1) !== status) seen.push(status)
    if (status === 'gone') return seen
    await delay(5)
  }
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  'on %s a server says that it is not ready, labels what it has accepted, says goodbye, and ends with 0',
  async (signal) => {
    const server = await startServerProcess(['--config', config])
    const clients = await Promise.all(Array.from({ length: 4 }, () => openRaw(server.socketUrl)))
    for (const client of clients) client.say(CONFIGURE)
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    const readiness = watchReadiness(server.url)
    const utterances = 20
    for (const client of clients)
      for (let i = 0; i < utterances; i++)
        client.say(transcript(`Sentence number ${i}.`, { start_ms: i * 1_000, end_ms: i * 1_000 + 900 }))
    // Of each at least one is accepted, and most of them wait.
    await Promise.all(clients.map((client) => client.next('utterance.start')))
    const ended = server.stop(signal)
    await delay(30)
    await expect(openRaw(server.socketUrl)).rejects.toThrow(/status 503|ECONNREFUSED/)
    const { code, stderr } = await ended

    expect(code).toBe(0)
    for (const { heard, closed } of clients) {
      const ids = (type: 'utterance.start' | 'utterance.label') =>
        heard.flatMap((message) => (message.type === type ? [message.utterance_id] : []))
      expect(ids('utterance.label')).toEqual(ids('utterance.start'))
      expect(ids('utterance.start').length).toBeGreaterThan(0)
      const utterances = ids('utterance.label').length
      expect(heard.at(-1)).toMatchObject({ type: 'session.closed', reason: 'shutdown', utterances })
      expect(closed()).toBe(1000)
    }
    // A busy server may come to answer the first of these only when it has been told to end.
    expect((await readiness).slice(-2)).toEqual([503, 'gone'])
    expect(stderr).toContain('shutting down')
  },
)

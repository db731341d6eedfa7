import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Conversation } from '../../src/conversation/conversation.ts'
import { writeTestCheckpoint } from '../server/test-checkpoint.ts'
import { ATTACKS, attackAll, labelsOf, playAll } from '../support/fuzz-run.ts'
import { startServerProcess } from './server-process.ts'

/** The short form of `npm run bench:fuzz`: a real server, everything hostile at a small scale, one seed. */
let dir: string
let remove: () => Promise<void>
beforeAll(async () => {
  ;({ dir, remove } = await writeTestCheckpoint())
})
afterAll(() => remove())

const talk: Conversation = {
  id: 'talk',
  utterances: Array.from({ length: 8 }, (_, i) => ({
    id: `talk-${i}`,
    speaker: i % 2 === 0 ? 'ann' : 'bob',
    startMs: 500 * i,
    endMs: 500 * i + 450,
    text: `This is sentence number ${i}, and nobody shall disturb it.`,
    label: null,
    features: {},
  })),
}

test('a server that is attacked lives, and others are labelled as if it were not', async () => {
  const server = await startServerProcess(['--model', dir, '--data-dir', ':memory:', '--log-level', 'error'])
  const options = { sessions: 3, speed: 4 }
  const undisturbed = labelsOf(await playAll(server, [talk], options))
  const [attacks, disturbed] = await Promise.all([
    attackAll(server, { seed: 20_261_121, scale: 0.05, atOnce: 4, atMostMs: 20_000 }),
    playAll(server, [talk], options),
  ])
  expect(attacks.map(({ name }) => name).toSorted()).toEqual(Object.keys(ATTACKS).toSorted())
  expect(undisturbed).toHaveLength(24)
  expect(labelsOf(disturbed)).toEqual(undisturbed)

  const figures = async () => (await fetch(`${server.url}/metrics`)).text()
  await expect.poll(async () => (await figures()).includes('\nemograph_connections 0\n')).toBe(true)
  // It was attacked: it has seen what it was sent, and said no.
  const refused = await figures()
  for (const code of ['EMO_MESSAGE_INVALID', 'EMO_MESSAGE_TOO_LARGE', 'EMO_SESSION_UNKNOWN'])
    expect(refused).toContain(`emograph_errors_total{code="${code}"}`)
  expect(refused).toContain('emograph_refused_total{code="EMO_UPLOAD_INVALID"}')
  const { code, stderr } = await server.stop()
  expect(code).toBe(0)
  expect(stderr).not.toContain('session fault')
})

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/client/client.ts'
import { writeTestCheckpoint } from '../server/test-checkpoint.ts'
import { finished, runCli, spawnCli } from './cli.ts'

/** The commands as a user runs them: child processes, the real text encoder, random weights. */

let dir: string
let data: string
let remove: () => Promise<void>
beforeAll(async () => {
  ;({ dir, remove } = await writeTestCheckpoint())
  data = join(dir, 'talk.jsonl')
  const conversations = ['first', 'second'].map((id) => ({
    id,
    labelSet: 'iemocap6',
    split: id === 'first' ? 'test' : 'train',
    utterances: ['Did you find the keys?', 'No. I have looked everywhere.', 'Then we wait.'].map((text, i) => ({
      id: `${id}-${i}`,
      speaker: i % 2 === 0 ? 'ann' : 'bob',
      startMs: 1_000 * i,
      endMs: 1_000 * i + 900,
      text,
      label: i === 0 ? 'neu' : 'fru',
    })),
  }))
  await writeFile(data, conversations.map((line) => JSON.stringify(line)).join('\n'))
})
afterAll(() => remove())

describe('emograph demo', () => {
  test('plays the conversations through a server, prints each label and the address, and ends with 0', async () => {
    const { code, stdout, stderr } = await runCli(['demo', '--model', dir, '--data', data, '--port', '0'])
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('first')
    expect(stdout.match(/^(ann|bob) .*%.* ms/gm)).toHaveLength(6)
    expect(stdout).toMatch(/ws:\/\/127\.0\.0\.1:\d+\/v1\/session/)
    expect(stdout).toMatch(/http:\/\/127\.0\.0\.1:\d+\/v1\/model/)
  })

  test('says what is missing without a checkpoint', async () => {
    const { code, stderr } = await runCli(['demo', '--model', join(dir, 'nothing')])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^EMO_CHECKPOINT_INVALID at /m)
  })
})

describe('emograph replay', () => {
  test.each(['live', 'offline'])('%s: a table, figures, and one JSON object as the last line', async (mode) => {
    const args = ['replay', '--model', dir, '--data', data, '--split', 'test', '--mode', mode, '--json']
    const { code, stdout } = await runCli(args)
    expect(code).toBe(0)
    const summary = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Record<string, unknown>
    expect(summary).toMatchObject({ model: 'random', mode, conversations: 1, utterances: 3, scored: 3 })
    expect(Object.keys((summary.labels as Record<string, object>).first!)).toEqual(['first-0', 'first-1', 'first-2'])
    expect(stdout).toContain('weighted F1')
    expect(stdout).not.toContain('keys')
  })

  test('a conversation that is not there is a coded error', async () => {
    const { code, stderr } = await runCli(['replay', 'third', '--model', dir, '--data', data])
    expect(code).toBe(1)
    expect(stderr).toContain('EMO_CONVERSATION_UNKNOWN at field third')
  })
})

describe('emograph serve', () => {
  test('serves a replay and others until SIGTERM, which lets accepted utterances be labelled', async () => {
    const child = spawnCli(['serve', '--model', dir, '--port', '0', '--log-level', 'info'])
    onTestFinished(() => {
      child.kill('SIGKILL')
    })
    const end = finished(child)
    const socketUrl = await new Promise<string>((resolve) => {
      let text = ''
      child.stdout.on('data', (chunk) => {
        text += chunk
        const found = /ws:\S+/.exec(text)
        if (found !== null) resolve(found[0])
      })
    })
    const replayed = await runCli(['replay', 'second', '--url', socketUrl, '--data', data, '--json'])
    expect(replayed).toMatchObject({ code: 0 })
    const client = await connect(socketUrl)
    await client.configure({ participants: [{ id: 'ann' }], consent: true, purpose: 'a test' })
    const closed = new Promise((resolve) => client.on('session.closed', resolve))
    const accepted = new Promise((resolve) => client.on('utterance.start', resolve))
    const label = client.label({ participant: 'ann', text: 'Wait for me.', start_ms: 0, end_ms: 900 })
    await accepted
    child.kill('SIGTERM')
    expect((await label).label).toBeTypeOf('string')
    expect(await closed).toMatchObject({ reason: 'shutdown', utterances: 1 })
    const { code, stderr } = await end
    expect(code).toBe(0)
    expect(stderr).toContain('connection opened')
    expect(stderr).not.toContain('Wait for me')
  })
})

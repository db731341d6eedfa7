import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createFakeModel } from '../../src/server/fakes.ts'
import { createLog } from '../../src/server/log.ts'
import { startRetention } from '../../src/server/retention.ts'
import { startServer } from '../../src/server/server.ts'
import { openRaw } from '../support/raw-client.ts'
import { CONFIGURE, transcript } from './session-harness.ts'

const log = createLog('silent')

describe('on the clock', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('a conversation is gone at most one sweep after its time, and never before', () => {
    const conversations = fc.array(fc.integer({ min: -100_000, max: 100_000 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(conversations, fc.integer({ min: 1, max: 50_000 }), (lastMessages, retentionMs) => {
        const everyMs = 10_000
        const start = Date.now()
        let kept = lastMessages.map((offset) => start + offset)
        const deleteExpired = (olderThan: number): number => {
          for (const at of kept.filter((each) => each < olderThan)) expect(Date.now() - at).toBeGreaterThan(retentionMs)
          const before = kept.length
          kept = kept.filter((at) => at >= olderThan)
          return before - kept.length
        }
        const stop = startRetention({ retentionMs, deleteExpired, log, everyMs })
        for (let i = 0; i < 20; i++) {
          for (const at of kept) expect(Date.now() - at).toBeLessThanOrEqual(retentionMs + everyMs)
          vi.advanceTimersByTime(everyMs)
        }
        stop()
        const left = kept.length
        vi.advanceTimersByTime(10 * everyMs)
        expect(kept.length).toBe(left)
      }),
      { numRuns: 50 },
    )
  })

  test('a sweep that fails does not end the next; without a time nothing is deleted', () => {
    const deleteExpired = vi
      .fn(() => 0)
      .mockImplementationOnce(() => {
        throw new Error('disk')
      })
    const stop = startRetention({ retentionMs: 1, deleteExpired, log, everyMs: 100 })
    vi.advanceTimersByTime(250)
    expect(deleteExpired).toHaveBeenCalledTimes(3)
    stop()
    const never = vi.fn(() => 0)
    startRetention({ retentionMs: null, deleteExpired: never, log })
    vi.advanceTimersByTime(1e9)
    expect(never).not.toHaveBeenCalled()
  })
})

test('a server that starts deletes what is too old, down to the bytes, and keeps the rest', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'emograph-retention-'))
  const serve = (retentionMs: number | null) =>
    startServer({ model: createFakeModel(), port: 0, logLevel: 'silent', dataDir, retentionMs })
  const bytes = async (): Promise<string> => {
    const files = await readdir(dataDir)
    return (await Promise.all(files.map((file) => readFile(join(dataDir, file), 'latin1')))).join('')
  }

  const first = await serve(null)
  const client = await openRaw(first.socketUrl)
  const { session_id, token } = await client.next('session.created')
  client.say({ ...CONFIGURE, purpose: 'unforgettable purpose' })
  client.say(transcript('unforgettable words'))
  await client.next('utterance.label')
  await first.close()
  expect(await bytes()).toContain('unforgettable words')

  /** Whether a server with this retention time still has it. */
  const resumes = async (retentionMs: number | null): Promise<boolean> => {
    const server = await serve(retentionMs)
    const again = await openRaw(server.socketUrl)
    again.say({ type: 'session.resume', session_id, token, last_seq: 0 })
    await expect.poll(() => again.heard.some(({ type }) => type === 'session.resumed' || type === 'error')).toBe(true)
    again.socket.terminate()
    await server.close()
    return again.heard.some(({ type }) => type === 'session.resumed')
  }
  expect(await resumes(3_600_000)).toBe(true)
  await delay(20)
  expect(await resumes(10)).toBe(false)
  expect(await bytes()).not.toContain('unforgettable')
  await rm(dataDir, { recursive: true })
})

import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLog } from '../../src/server/log.ts'
import { startRetention } from '../../src/server/retention.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})
const log = createLog('silent')

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
  startRetention({ retentionMs: undefined, deleteExpired: never, log })
  vi.advanceTimersByTime(1e9)
  expect(never).not.toHaveBeenCalled()
})

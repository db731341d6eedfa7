import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createDueMedia } from '../../../src/server/media/due-media.ts'
import type { MediaKind } from '../../../src/server/protocol/media-frame.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function setUp() {
  const until: Partial<Record<MediaKind, number>> = {}
  const taken = { audio: true, image: true }
  const due = createDueMedia({
    limits: { graceMs: 100, resendMs: 10_000 },
    now: () => performance.now(),
    untilMs: (kind) => until[kind],
    isTaken: (kind) => taken[kind],
  })
  const come = (kind: MediaKind, ms: number): void => {
    until[kind] = ms
    due.arrived(kind, performance.now())
    due.wake()
  }
  return { due, taken, come }
}

/** After how many ms a wait was over. */
function timed(wait: Promise<void>): () => number | undefined {
  const began = performance.now()
  let took: number | undefined
  void wait.then(() => {
    took = performance.now() - began
  })
  return () => took
}

describe('createDueMedia', () => {
  test('media of a stream that runs is due up to where it has come, and of one that has stopped or is not taken it is not', () => {
    const { due, taken, come } = setUp()
    expect(due.isDue(1_000)).toBe(false)
    for (const kind of ['audio', 'image'] as const) {
      come(kind, 900)
      expect([due.isDue(900), due.isDue(901)], kind).toEqual([false, true])
      taken[kind] = false
      expect(due.isDue(901), kind).toBe(false)
      taken[kind] = true
      vi.advanceTimersByTime(1_001)
      expect(due.isDue(901), kind).toBe(false)
    }
  })

  test('who waits waits until all has come, and no longer than the grace', async () => {
    const { due, come } = setUp()
    come('audio', 900)
    const [one, other] = [timed(due.wait(1_000)), timed(due.wait(1_100))]
    await vi.advanceTimersByTimeAsync(40)
    come('audio', 1_000)
    await vi.advanceTimersByTimeAsync(200)
    expect([one(), other()]).toEqual([40, 100])
  })

  test('what is sent again after a restart is due before any of it has come, and waited for as long as that takes', async () => {
    const { due, come } = setUp()
    due.sentAgain(['audio'])
    expect(due.isDue(1_000)).toBe(true)
    const took = timed(due.wait(1_000))
    await vi.advanceTimersByTimeAsync(4_000)
    come('audio', 1_000)
    await vi.advanceTimersByTimeAsync(0)
    expect(took()).toBe(4_000)
    await vi.advanceTimersByTimeAsync(6_000)
    expect(due.isDue(2_000)).toBe(false)
  })

  test('its end lets everybody go', async () => {
    const { due, come } = setUp()
    come('image', 900)
    const took = timed(due.wait(1_000))
    due.dispose()
    await vi.advanceTimersByTimeAsync(0)
    expect(took()).toBe(0)
  })
})

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { Conversation } from '../../../src/conversation/conversation.ts'
import { parseRecording } from '../../../web/src/session/parse-recording.ts'
import { createReplay } from '../../../web/src/session/replay.ts'
import { createReplayClock } from '../../../web/src/session/replay-clock.ts'
import { planReplay } from '../../../web/src/session/replay-plan.ts'

const bundled = parseRecording(
  'moving-house.jsonl',
  readFileSync(new URL('../../../examples/moving-house.jsonl', import.meta.url), 'utf8'),
)[0]!

test('the clock never goes back and moves at its speed, however it is held and changed', () => {
  const step = fc.record({
    waitMs: fc.integer({ min: 0, max: 5_000 }),
    act: fc.constantFrom<'play' | 'pause' | number>('play', 'pause', 1, 2, 8),
  })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let now = 100
      let expected = 0
      const clock = createReplayClock(() => now)
      for (const { waitMs, act } of steps) {
        const before = clock.position()
        now += waitMs
        if (clock.playing) expected += waitMs * clock.speed
        expect(clock.position()).toBeCloseTo(expected)
        expect(clock.position()).toBeGreaterThanOrEqual(before)
        if (act === 'play') clock.play()
        else if (act === 'pause') clock.pause()
        else clock.setSpeed(act)
        expect(clock.position()).toBeCloseTo(expected)
      }
    }),
  )
})

test('at no finite speed everything is due at once, and the position follows', () => {
  const clock = createReplayClock(() => 0)
  expect(clock.until(900)).toBe(Number.POSITIVE_INFINITY)
  clock.setSpeed(Number.POSITIVE_INFINITY)
  clock.play()
  expect(clock.until(900)).toBe(0)
  expect(clock.position()).toBe(900)
})

test('a plan says each utterance whole once, in order of time, its words growing before', () => {
  const plan = planReplay(bundled)
  expect(plan.filter(({ final }) => final).map(({ utterance }) => utterance.id)).toEqual(
    bundled.utterances.map(({ id }) => id),
  )
  for (const [i, step] of plan.entries()) {
    expect(step.atMs).toBeGreaterThanOrEqual(plan[i - 1]?.atMs ?? 0)
    expect(step.utterance.text!.replace(/\s+/g, ' ').startsWith(step.text)).toBe(true)
  }
  expect(planReplay(bundled, new Set(bundled.utterances.map(({ id }) => id)))).toEqual([])
})

describe('a replay', () => {
  function play(conversation: Conversation, done: ReadonlySet<string> = new Set()) {
    const sent: { id: string | undefined; final: boolean; at: number }[] = []
    const began = Date.now()
    const take = (final: boolean) => (transcript: { utterance_id?: string | undefined }) => {
      sent.push({ id: transcript.utterance_id, final, at: Date.now() - began })
      return final ? Promise.resolve({} as never) : (undefined as never)
    }
    const progress = vi.fn()
    const replay = createReplay({
      client: { label: take(true), interim: take(false) },
      conversation,
      done,
      onProgress: progress,
      onError: (error) => {
        throw error
      },
    })
    return { replay, sent, progress }
  }

  test('sends each utterance when it is over, faster at speed, not at all while held', async () => {
    vi.useFakeTimers()
    try {
      const { replay, sent } = play(bundled)
      replay.setSpeed(4)
      replay.play()
      await vi.advanceTimersByTimeAsync(2_000)
      expect(sent.filter(({ final }) => final)).toHaveLength(1)
      replay.pause()
      await vi.advanceTimersByTimeAsync(60_000)
      expect(sent.filter(({ final }) => final)).toHaveLength(1)
      replay.play()
      await vi.advanceTimersByTimeAsync(60_000)
      const finals = sent.filter(({ final }) => final)
      expect(finals.map(({ id }) => id)).toEqual(bundled.utterances.map(({ id }) => id))
      for (const [i, { at }] of finals.entries())
        expect(Math.abs(at - 60_000 * Number(i > 0) - bundled.utterances[i]!.endMs / 4)).toBeLessThan(300)
    } finally {
      vi.useRealTimers()
    }
  })

  test('what was played to its end stands there', () => {
    const { replay, sent, progress } = play(bundled, new Set(bundled.utterances.map(({ id }) => id)))
    replay.setSpeed(4)
    const positionMs = Math.max(...bundled.utterances.map(({ endMs }) => endMs))
    expect(progress.mock.lastCall![0]).toMatchObject({ positionMs, playing: false })
    expect(sent).toEqual([])
  })

  test('as fast as labels come, and only what the server has not', async () => {
    const done = new Set(bundled.utterances.slice(0, 30).map(({ id }) => id))
    const { replay, sent, progress } = play(bundled, done)
    replay.setSpeed(Number.POSITIVE_INFINITY)
    replay.play()
    await vi.waitFor(() => expect(progress.mock.lastCall![0]).toMatchObject({ playing: false }))
    await vi.waitFor(() => expect(sent.map(({ id }) => id)).toEqual(bundled.utterances.slice(30).map(({ id }) => id)))
  })
})

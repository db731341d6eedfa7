import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createInterimLabels } from '../../src/server/interim.ts'
import { createInterimGate } from '../../src/server/interim-gate.ts'
import type { SessionUtterance } from '../../src/server/session-utterance.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

interface Labelled {
  readonly at: number
  readonly utterance: SessionUtterance
  readonly elapsedMs: number
}

function open(options: { encodeMs?: () => number; gateOf?: ReturnType<typeof createInterimGate> } = {}) {
  const load = { waiting: 0 }
  const labelled: Labelled[] = []
  const faults: unknown[] = []
  let enabled = true
  let encoding = 0
  let most = 0
  const interim = createInterimLabels({
    everyMs: 1_000,
    gate: options.gateOf ?? createInterimGate(load),
    enabled: () => enabled,
    async encode({ text }) {
      most = Math.max(most, ++encoding)
      await new Promise((resolve) => setTimeout(resolve, options.encodeMs?.() ?? 5))
      encoding--
      if (text === 'broken') throw new Error('broken')
      return text === '' ? {} : { text: Float32Array.of(text.length) }
    },
    label: (utterance, features, elapsedMs) => {
      expect(features.text).toEqual(Float32Array.of(utterance.text.length))
      labelled.push({ at: Date.now(), utterance, elapsedMs })
    },
    onFault: (cause) => faults.push(cause),
    now: () => Date.now(),
  })
  const say = (text: string, utteranceId = 'u1', participant = 'ann') =>
    interim.update({ utteranceId, participant, text, startMs: 0, endMs: text.length, features: {} })
  const enable = (on: boolean): void => {
    enabled = on
  }
  return { interim, labelled, faults, say, load, enable, most: () => most }
}

const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const texts = (labelled: readonly Labelled[]) => labelled.map(({ utterance }) => utterance.text)

describe('interim labels', () => {
  test('at most one a second for each participant, never after the final, always of what is open', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ say: fc.nat(2), gap: fc.nat(400) }) },
      { weight: 1, arbitrary: fc.record({ end: fc.nat(2) }) },
      { weight: 1, arbitrary: fc.record({ touch: fc.nat(2) }) },
      { weight: 1, arbitrary: fc.record({ waiting: fc.nat(1) }) },
      { weight: 1, arbitrary: fc.record({ enabled: fc.boolean() }) },
    )
    const encodings = fc.infiniteStream(fc.nat(300))
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), encodings, async (steps, encodings) => {
        const { interim, labelled, say, load, enable, most } = open({ encodeMs: () => encodings.next().value })
        /** The utterance of each participant, by number; odd while it is open. */
        const current = [0, 0, 0]
        let checked = 0
        let words = 0
        for (const step of steps) {
          if ('say' in step) {
            if (current[step.say]! % 2 === 0) current[step.say]!++
            say(`${'w'.repeat(++words)}`, `p${step.say} u${current[step.say]}`, `p${step.say}`)
            await wait(step.gap)
          } else if ('end' in step) {
            interim.end(`p${step.end} u${current[step.end]}`)
            if (current[step.end]! % 2 === 1) current[step.end]!++
          } else if ('touch' in step) interim.touch(`p${step.touch}`)
          else if ('waiting' in step) load.waiting = step.waiting
          else enable(step.enabled)
          for (const { utterance } of labelled.slice(checked))
            expect(utterance.utteranceId).toBe(
              `${utterance.participant} u${current[Number(utterance.participant.slice(1))]}`,
            )
          checked = labelled.length
        }
        for (const participant of ['p0', 'p1', 'p2']) {
          const times = labelled.filter(({ utterance }) => utterance.participant === participant).map(({ at }) => at)
          expect(times.every((at, i) => i === 0 || at - times[i - 1]! >= 1_000)).toBe(true)
        }
        expect(most()).toBeLessThanOrEqual(1)
        expect(labelled.every(({ elapsedMs }) => elapsedMs >= 0)).toBe(true)
        interim.dispose()
        await wait(2_000)
        expect(labelled).toHaveLength(checked)
        expect(vi.getTimerCount()).toBe(0)
      }),
      { numRuns: 60 },
    )
  })

  test('the newest words are labelled when the turn comes, without any more being said', async () => {
    const { labelled, say } = open()
    say('one')
    await wait(10)
    say('one two')
    await wait(100)
    say('one two three')
    await wait(3_000)
    expect(texts(labelled)).toEqual(['one', 'one two three'])
  })

  test('more media is a reason for a new one, but only while an utterance is open', async () => {
    const { labelled, say, interim } = open()
    interim.touch('ann')
    say('one')
    await wait(1_500)
    interim.touch('ann')
    await wait(1_500)
    interim.end('u0')
    interim.end('u1')
    interim.touch('ann')
    await wait(1_500)
    expect(texts(labelled)).toEqual(['one', 'one'])
  })

  test('waits while a final does, and is thrown away when its own final comes meanwhile', async () => {
    const { labelled, say, interim, load } = open({ encodeMs: () => 50 })
    load.waiting = 1
    say('one')
    await wait(500)
    expect(labelled).toEqual([])
    say('one two')
    load.waiting = 0
    await wait(500)
    expect(texts(labelled)).toEqual(['one two'])
    await wait(1_000)
    say('one two three')
    await wait(20)
    interim.end('u1')
    say('next', 'u2')
    await wait(2_000)
    expect(texts(labelled)).toEqual(['one two', 'next'])
  })

  test('one at a time over all sessions, and nobody is starved', async () => {
    const gateOf = createInterimGate({ waiting: 0 })
    const sessions = Array.from({ length: 5 }, () => open({ gateOf, encodeMs: () => 30 }))
    for (const { say } of sessions) say('one')
    await wait(1_000)
    expect(sessions.map(({ labelled }) => labelled.length)).toEqual([1, 1, 1, 1, 1])
  })

  test('a fault, or nothing to label, ends that one alone', async () => {
    const { labelled, say, faults } = open()
    say('broken')
    await wait(100)
    expect(faults).toHaveLength(1)
    say('')
    await wait(100)
    say('whole')
    await wait(2_000)
    expect(texts(labelled)).toEqual(['whole'])
  })
})

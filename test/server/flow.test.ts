import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createFlow, type Flow } from '../../src/server/flow.ts'
import type { HoldReason } from '../../src/server/peer.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const REASONS: readonly HoldReason[] = ['messages', 'bytes', 'pending', 'faster_than_real_time']

function open(handle: (message: number, flow: Flow<number>) => void = () => {}) {
  const handled: number[] = []
  const held: [HoldReason, number][] = []
  let reading = true
  const flow: Flow<number> = createFlow<number>({
    handle: (message) => {
      handled.push(message)
      handle(message, flow)
    },
    pause: () => {
      reading = false
    },
    resume: () => {
      reading = true
    },
    onHeld: (reason, ms) => held.push([reason, ms]),
    now: () => Date.now(),
  })
  return { flow, handled, held, reading: () => reading }
}

test('nothing is lost and nothing overtakes, whatever holds and releases; it reads while no reason is left', () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.constant({ kind: 'take' as const }) },
    fc.record({ kind: fc.constant('hold' as const), reason: fc.constantFrom(...REASONS) }),
    fc.record({ kind: fc.constant('release' as const), reason: fc.constantFrom(...REASONS) }),
    fc.record({
      kind: fc.constant('holdFor' as const),
      reason: fc.constantFrom(...REASONS),
      ms: fc.integer({ min: 1, max: 300 }),
    }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(400) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.array(fc.nat(60), { maxLength: 5 }), (steps, stumbling) => {
      // Handling some messages holds the flow itself, as a full queue does.
      const { flow, handled, reading } = open((message, own) => {
        if (stumbling.includes(message)) own.holdFor('pending', 50)
      })
      /** Until when each reason holds. */
      const holds = new Map<HoldReason, number>()
      let taken = 0
      for (const action of steps) {
        if (action.kind === 'take') flow.take(taken++)
        else if (action.kind === 'wait') vi.advanceTimersByTime(action.ms)
        else if (action.kind === 'release') {
          flow.release(action.reason)
          holds.delete(action.reason)
        } else if (action.kind === 'hold') {
          flow.hold(action.reason)
          holds.set(action.reason, Number.POSITIVE_INFINITY)
        } else {
          flow.holdFor(action.reason, action.ms)
          holds.set(action.reason, Date.now() + action.ms)
        }
        expect(handled).toEqual(Array.from(handled, (_, i) => i))
        expect(reading()).toBe(!flow.held)
        if (reading()) expect(handled).toHaveLength(taken)
        if (stumbling.length > 0) continue
        expect(flow.held).toBe([...holds.values()].some((until) => until > Date.now()))
      }
      for (const reason of REASONS) flow.release(reason)
      for (let i = 0; i < 10; i++) vi.advanceTimersByTime(1_000)
      expect(handled).toHaveLength(taken)
      expect(reading()).toBe(true)
    }),
    { numRuns: 200 },
  )
})

test('the client is told of what it is held for a time for, each reason at most once a second', () => {
  const { flow, held } = open()
  for (let i = 0; i < 10; i++) {
    flow.holdFor('bytes', 99.5)
    flow.hold('pending')
    flow.holdFor('messages', 40)
    vi.advanceTimersByTime(150)
    flow.release('pending')
    flow.release('messages')
  }
  expect(held).toEqual([
    ['bytes', 100],
    ['messages', 40],
    ['bytes', 100],
    ['messages', 40],
  ])
})

test('a connection that ends is read on, and nothing is handled any more', () => {
  const { flow, handled, reading } = open()
  flow.hold('pending')
  flow.take(0)
  flow.dispose()
  flow.take(1)
  flow.hold('bytes')
  flow.holdFor('bytes', 1)
  expect(reading()).toBe(true)
  expect(handled).toEqual([])
})

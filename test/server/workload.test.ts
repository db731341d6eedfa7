import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSessionWorkload, createWorkload } from '../../src/server/workload.ts'

test('knows how many wait and for how long the oldest has, in whatever order they end', () => {
  const steps = fc.array(fc.oneof(fc.constant('begin' as const), fc.record({ end: fc.nat(20), ms: fc.nat(100) })))
  fc.assert(
    fc.property(steps, (steps) => {
      let at = 0
      const workload = createWorkload(() => at)
      const open: { since: number; end: () => void }[] = []
      for (const step of steps) {
        if (step === 'begin') open.push({ since: at, end: workload.begin() })
        else {
          at += step.ms
          const [ended] = open.splice(step.end % Math.max(1, open.length), 1)
          ended?.end()
          ended?.end()
        }
        expect(workload.waiting).toBe(open.length)
        expect(workload.ageMs()).toBe(Math.max(0, ...open.map(({ since }) => at - since)))
      }
    }),
  )
})

test('of one session the next four count: what was sent at once says nothing of the server', () => {
  const actions = fc.array(fc.oneof(fc.constant('begin' as const), fc.nat(12)), { maxLength: 60 })
  fc.assert(
    fc.property(actions, fc.boolean(), (actions, dispose) => {
      let at = 0
      const workload = createWorkload(() => at)
      const session = createSessionWorkload(workload)
      const open: { countedSince: number | undefined; end: () => void }[] = []
      const count = (): void => {
        for (const utterance of open.slice(0, 4)) utterance.countedSince ??= at
      }
      for (const action of actions) {
        at += 10
        if (action === 'begin') open.push({ countedSince: undefined, end: session.begin() })
        else for (const { end } of open.splice(action % Math.max(1, open.length), 1)) end()
        count()
        expect(workload.waiting).toBe(Math.min(4, open.length))
        expect(workload.ageMs()).toBe(Math.max(0, ...open.slice(0, 4).map(({ countedSince }) => at - countedSince!)))
      }
      if (dispose) session.dispose()
      else for (const { end } of open) end()
      expect(workload.waiting).toBe(0)
    }),
  )
})

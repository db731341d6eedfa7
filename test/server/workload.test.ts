import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createWorkload } from '../../src/server/workload.ts'

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

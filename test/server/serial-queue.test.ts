import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSerialQueue } from '../../src/server/serial-queue.ts'

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

test('runs one task after the other in the order of acceptance, past those that fail', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ ms: fc.nat(3), fails: fc.boolean() }), { maxLength: 10 }), async (tasks) => {
      const errors: unknown[] = []
      const done: number[] = []
      let running = 0
      const queue = createSerialQueue((error) => errors.push(error))
      for (const [i, { ms, fails }] of tasks.entries())
        queue.push(async () => {
          expect(++running).toBe(1)
          if (ms > 0) await wait(ms)
          running--
          done.push(i)
          if (fails) throw i
        })
      await queue.idle()
      expect(done).toEqual(tasks.map((_, i) => i))
      expect(errors).toEqual(tasks.flatMap(({ fails }, i) => (fails ? [i] : [])))
      expect(queue.size).toBe(0)
    }),
    { numRuns: 30 },
  )
})

test('forgets what has not begun when cleared', async () => {
  const done: string[] = []
  const queue = createSerialQueue(() => {})
  queue.push(async () => {
    await wait(5)
    done.push('running')
  })
  queue.push(() => {
    done.push('waiting')
  })
  expect(queue.size).toBe(2)
  queue.clear()
  expect(queue.size).toBe(1)
  await queue.idle()
  expect(done).toEqual(['running'])
})

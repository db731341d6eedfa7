import { expect, test } from 'vitest'
import { createTimeSlicer } from '../../../src/server/media/time-slicer.ts'

test('work is done in turns, urgent work first, and gives its result', async () => {
  const slicer = createTimeSlicer({ budgetMs: 0 })
  const done: string[] = []
  function* work(name: string, steps: number) {
    for (let k = 0; k < steps; k += 1) {
      done.push(`${name}${k}`)
      yield
    }
    return name
  }
  const results = [slicer.run(work('a', 2)), slicer.run(work('b', 3)), slicer.run(work('u', 2), { urgent: true })]
  expect(await Promise.all(results)).toEqual(['a', 'b', 'u'])
  expect(done).toEqual(['u0', 'u1', 'a0', 'b0', 'a1', 'b1', 'b2'])
})

test('other work of the event loop goes on between the steps', async () => {
  const slicer = createTimeSlicer({ budgetMs: 0 })
  let [turns, steps] = [0, 0]
  const other = setInterval(() => {
    turns += 1
  }, 0)
  function* work() {
    while (turns < 3) {
      steps += 1
      yield
    }
  }
  await slicer.run(work())
  clearInterval(other)
  expect(steps).toBeGreaterThan(0)
})

test('what fails rejects, and the rest goes on', async () => {
  const slicer = createTimeSlicer()
  function* broken(): Generator<void, never> {
    yield
    throw new Error('broken')
  }
  function* whole() {
    yield
    return 1
  }
  const [first, second] = await Promise.allSettled([slicer.run(broken()), slicer.run(whole())])
  expect(first).toMatchObject({ status: 'rejected', reason: new Error('broken') })
  expect(second).toMatchObject({ status: 'fulfilled', value: 1 })
})

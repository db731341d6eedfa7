import { expect, test } from 'vitest'
import { startLoadSampler } from '../../src/server/load-sampler.ts'
import type { LoadSample } from '../../src/server/quality.ts'

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

function block(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

test('sees a blocked event loop, however long it was blocked, and what the processors did; stops when told', async () => {
  const samples: LoadSample[] = []
  const stop = startLoadSampler({ everyMs: 50, queueAgeMs: () => 7, onSample: (sample) => samples.push(sample) })
  for (const ms of [60, 300]) {
    await wait(120)
    samples.length = 0
    block(ms)
    await wait(120)
    expect(Math.max(...samples.map(({ lagMs }) => lagMs))).toBeGreaterThan(ms * 0.6)
    expect(Math.max(...samples.map(({ cpu }) => cpu))).toBeGreaterThan(0)
    expect(samples.every(({ queueAgeMs, lagMs }) => queueAgeMs === 7 && lagMs >= 0)).toBe(true)
  }
  stop()
  const count = samples.length
  await wait(120)
  expect(samples).toHaveLength(count)
})

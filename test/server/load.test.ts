import { expect, test } from 'vitest'
import { createLoad } from '../../src/server/load.ts'
import type { QualityMessage } from '../../src/server/protocol/server-messages.ts'
import { qualityConfigSchema } from '../../src/server/quality.ts'

test('steps down with the age of the queue, tells of each change, and recovers', async () => {
  const config = qualityConfigSchema.parse({ sampleMs: 10, upMs: 30, maxUpMs: 60, lagLowMs: 1e4, lagHighMs: 1e4 })
  let at = 0
  const load = createLoad(config, () => (at += 1))
  const told: QualityMessage[] = []
  const stop = load.watch((message) => told.push(message))
  expect([load.level, load.message, load.interimGate.enter()]).toMatchObject(['full', undefined, expect.any(Function)])
  const labelled = load.workload.begin()
  expect(load.interimGate.enter()).toBeUndefined()
  at += 800
  await expect.poll(() => load.level).toBe('no_video')
  expect(load.message).toMatchObject({ type: 'quality', level: 'no_video', reason: 'queue_age' })
  expect(load.message!.queue_age_ms).toBeGreaterThanOrEqual(750)
  labelled()
  const clock = setInterval(() => (at += 10), 1)
  await expect.poll(() => load.level).toBe('full')
  clearInterval(clock)
  expect(told.map(({ level }) => level)).toEqual(['no_video', 'less_video', 'full'])
  expect(told.at(-1)).toBe(load.message)
  stop()
})

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { EVENTS_FILE, LOG_FILE, type LogEntry, openRunLog } from '../../src/training/run-log.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emograph-log-'))
})
afterEach(() => rm(folder, { recursive: true }))

const entry = (step: number): LogEntry => ({ event: 'step', epoch: 1, step, values: { 'step/loss': 1 / step } })
const clock = () => 1_700_000_000_000

it('cuts off what was written after the position that it goes on from', async () => {
  const whole = await openRunLog(join(folder, 'whole'), undefined, clock)
  for (let step = 1; step <= 6; step++) await whole.write(entry(step))

  const first = await openRunLog(join(folder, 'cut'), undefined, clock)
  for (let step = 1; step <= 3; step++) await first.write(entry(step))
  const position = await first.position()
  await first.write(entry(99))
  const second = await openRunLog(join(folder, 'cut'), position, clock)
  for (let step = 4; step <= 6; step++) await second.write(entry(step))

  for (const file of [LOG_FILE, EVENTS_FILE]) {
    expect(await readFile(join(folder, 'cut', file))).toEqual(await readFile(join(folder, 'whole', file)))
  }
})

it('writes one JSON object a line', async () => {
  const log = await openRunLog(folder, undefined, clock)
  await log.write(entry(2))
  const lines = (await readFile(join(folder, LOG_FILE), 'utf8')).trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { event: 'step', epoch: 1, step: 2, time: 1_700_000_000_000, 'step/loss': 0.5 },
  ])
})

it('begins anew without a position', async () => {
  await (await openRunLog(folder, undefined, clock)).write(entry(1))
  await openRunLog(folder, undefined, clock)
  expect(await readFile(join(folder, LOG_FILE), 'utf8')).toBe('')
})

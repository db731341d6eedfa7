import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createDropReports, type DropReport } from '../../../src/server/media/drop-report.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('reports are added up for a second, by participant, kind and reason; none is lost', () => {
  const told: DropReport[] = []
  const reports = createDropReports((report) => told.push(report))
  for (let k = 0; k < 25; k += 1) {
    reports.add('ann', 'audio', 'late', 1_000 + k)
    if (k % 5 === 0) reports.add('bob', 'audio', 'late', k)
    reports.add('ann', 'image', 'ahead', 7)
    vi.advanceTimersByTime(100)
  }
  const sum = (participant: string, kind: string) =>
    told
      .filter((each) => each.participant === participant && each.kind === kind)
      .reduce((n, each) => n + each.frames, 0)
  const before = told.length
  expect(before).toBeLessThanOrEqual(3 * 2 + 2)
  reports.flush()
  expect([sum('ann', 'audio'), sum('bob', 'audio'), sum('ann', 'image')]).toEqual([25, 5, 25])
  expect(told[0]).toEqual({ participant: 'ann', kind: 'audio', reason: 'late', frames: 10, start_ms: 1_000 })
  vi.advanceTimersByTime(10_000)
  reports.flush()
  expect(told.reduce((n, each) => n + each.frames, 0)).toBe(55)
})

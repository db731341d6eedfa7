import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createQuiet } from '../../../src/server/media/quiet.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('sound that stops is noticed once, and again when it has come again', () => {
  let noticed = 0
  const quiet = createQuiet({ afterMs: 100, isRead: () => true, onQuiet: () => noticed++ })
  for (let k = 0; k < 5; k += 1) {
    quiet.heard()
    vi.advanceTimersByTime(90)
  }
  expect(noticed).toBe(0)
  vi.advanceTimersByTime(1_000)
  expect(noticed).toBe(1)
  quiet.heard()
  vi.advanceTimersByTime(1_000)
  expect(noticed).toBe(2)
  quiet.heard()
  quiet.dispose()
  vi.advanceTimersByTime(1_000)
  expect(noticed).toBe(2)
})

test('a client that is away, or is not read, has not stopped; it gets time when it is back', () => {
  let noticed = 0
  let read = false
  const quiet = createQuiet({ afterMs: 100, isRead: () => read, onQuiet: () => noticed++ })
  quiet.heard()
  vi.advanceTimersByTime(10_050)
  read = true
  vi.advanceTimersByTime(100)
  expect(noticed).toBe(0)
  vi.advanceTimersByTime(100)
  expect(noticed).toBe(1)
})

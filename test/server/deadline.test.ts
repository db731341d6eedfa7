import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { withinDeadline } from '../../src/server/deadline.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const after = <T>(ms: number, value: T): Promise<T> => new Promise((resolve) => setTimeout(resolve, ms, value))

test('gives what comes in time, the fallback for what does not, and waits no longer', async () => {
  const started = Date.now()
  const [early, late, never] = [100, 300, 1e9].map((ms) => withinDeadline(after(ms, 'value'), 200, 'late'))
  await vi.advanceTimersByTimeAsync(200)
  expect(await Promise.all([early, late, never])).toEqual(['value', 'late', 'late'])
  expect(Date.now() - started).toBe(200)
})

test('a deadline that is over still takes what is there already', async () => {
  expect(await withinDeadline(Promise.resolve('value'), -5, 'late')).toBe('value')
})

test('an error in time is thrown, a later one is nobody’s', async () => {
  await expect(withinDeadline(Promise.reject(new Error('broken')), 10, 'late')).rejects.toThrow('broken')
  const late = after(50, 0).then(() => Promise.reject(new Error('later')))
  const value = withinDeadline(late, 10, 'late')
  await vi.advanceTimersByTimeAsync(100)
  expect(await value).toBe('late')
})

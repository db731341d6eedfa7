import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { withinTime } from '../../../src/server/media/within-time.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const after = <T>(ms: number, value: T): Promise<T> => new Promise((resolve) => setTimeout(resolve, ms, value))

test('gives what comes in time, nothing for what does not, and waits no longer', async () => {
  const started = Date.now()
  const [early, late, never] = [100, 300, 1e9].map((ms) => withinTime(200, after(ms, 'value')))
  await vi.advanceTimersByTimeAsync(200)
  expect(await Promise.all([early, late, never])).toEqual(['value', undefined, undefined])
  expect(Date.now() - started).toBe(200)
})

test('a time that is over still takes what is there already', async () => {
  expect(await withinTime(-5, Promise.resolve('value'))).toBe('value')
})

test('an error in time is thrown, a later one is nobody’s', async () => {
  await expect(withinTime(10, Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  const late = after(50, 0).then(() => Promise.reject(new Error('later')))
  const value = withinTime(10, late)
  await vi.advanceTimersByTimeAsync(100)
  expect(await value).toBeUndefined()
})

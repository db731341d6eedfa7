import { expect, test } from 'vitest'
import { createLookQueue } from '../../../src/server/media/look-queue.ts'

function frames() {
  const looked: string[] = []
  const frame = (name: string) => ({
    timeMs: 0,
    faces: async () => [],
    look: async () => {
      looked.push(name)
      await new Promise((resolve) => setImmediate(resolve))
    },
  })
  return { looked, frame }
}

test('participants take turns; a picture that somebody waits for goes first', async () => {
  const { looked, frame } = frames()
  const queue = createLookQueue()
  const [flood, other] = [queue.open(), queue.open()]
  const last = frame('f5')
  const all = [0, 1, 2, 3, 4].map((k) => flood.look(frame(`f${k}`)))
  all.push(flood.look(last), other.look(frame('o0')), other.look(frame('o1')))
  expect(flood.look(last, { urgent: true })).toBe(all[5])
  await Promise.all(all)
  expect(looked).toEqual(['f0', 'f5', 'o0', 'f1', 'o1', 'f2', 'f3', 'f4'])
})

test('what may wait is bounded for each participant; a picture that fails stops nobody', async () => {
  const { looked, frame } = frames()
  const queue = createLookQueue({ most: 2 })
  const [flood, other] = [queue.open(), queue.open()]
  const broken = { ...frame('broken'), look: () => Promise.reject(new Error('damaged')) }
  const running = flood.look(broken)
  const waiting = [flood.look(frame('a')), flood.look(frame('b'))]
  expect(flood.look(frame('c'))).toBeUndefined()
  const urgent = flood.look(frame('d'), { urgent: true })
  const others = other.look(frame('e'))
  await expect(running).rejects.toThrow('damaged')
  await Promise.all([...waiting, urgent, others])
  expect(looked.sort()).toEqual(['a', 'b', 'd', 'e'])
})

test('what waits for one that has left is forgotten', async () => {
  const { looked, frame } = frames()
  const queue = createLookQueue()
  const [one, other] = [queue.open(), queue.open()]
  const first = one.look(frame('a'))
  void one.look(frame('b'))
  const last = other.look(frame('c'))
  one.close()
  await Promise.all([first, last])
  expect(looked).toEqual(['a', 'c'])
})

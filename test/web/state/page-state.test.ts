import { expect, test } from 'vitest'
import { INITIAL_PAGE, withNotice, withoutNotice } from '../../../web/src/state/page-state.ts'
import { createStore } from '../../../web/src/store.ts'

test('notices: the same again is no news, the oldest goes, each can be put away', () => {
  let page = withNotice(INITIAL_PAGE, 'problem', 'one')
  expect(withNotice(page, 'problem', 'one')).toBe(page)
  for (const text of ['two', 'three', 'four', 'five']) page = withNotice(page, 'information', text)
  expect(page.notices.map(({ text }) => text)).toEqual(['two', 'three', 'four', 'five'])
  expect(new Set(page.notices.map(({ id }) => id)).size).toBe(4)
  expect(withoutNotice(page, page.notices[1]!.id).notices.map(({ text }) => text)).toEqual(['two', 'four', 'five'])
})

test('a store tells each listener once a frame, of the newest state, and of nothing that has not changed', () => {
  const frames: (() => void)[] = []
  const store = createStore(0, (task) => frames.push(task))
  const told: number[] = []
  store.subscribe((state) => told.push(state))
  store.update((state) => state + 1)
  store.update((state) => state + 1)
  expect({ state: store.state, told, frames: frames.length }).toEqual({ state: 2, told: [0], frames: 1 })
  frames.shift()!()
  store.update((state) => state)
  expect({ told, frames: frames.length }).toEqual({ told: [0, 2], frames: 0 })
})

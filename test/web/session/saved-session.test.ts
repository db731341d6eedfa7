import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSessionShelf, type SavedSession } from '../../../web/src/session/saved-session.ts'

function createStorage(): Storage {
  const items = new Map<string, string>()
  return {
    get length() {
      return items.size
    },
    clear: () => items.clear(),
    getItem: (key) => items.get(key) ?? null,
    key: (index) => [...items.keys()][index] ?? null,
    removeItem: (key) => items.delete(key),
    setItem: (key, value) => items.set(key, value),
  }
}

const SAVED: SavedSession = {
  kind: 'replay',
  credentials: { id: 'a', token: 'b', lastSeq: 7 },
  startedAt: 1_700_000_000_000,
  speaker: 'p1',
  bundled: 'moving-house',
}

test('what is written is read, until it is cleared', () => {
  const shelf = createSessionShelf(createStorage())
  expect(shelf.read()).toBeUndefined()
  shelf.write(SAVED)
  expect(shelf.read()).toEqual(SAVED)
  shelf.clear()
  expect(shelf.read()).toBeUndefined()
})

test('whatever else stands in the storage is no session', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const storage = createStorage()
      const shelf = createSessionShelf(storage)
      shelf.write(SAVED)
      storage.setItem(storage.key(0)!, text)
      expect(shelf.read()).toBeUndefined()
    }),
  )
})

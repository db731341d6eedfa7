import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFaceTracker } from '../../../src/encoders/visual/face-tracker.ts'
import { faceAt } from '../../support/faces.ts'

const STEP = 200

test('follows one moving face under one number, whatever else appears and in whatever order', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ dx: fc.integer({ min: -8, max: 8 }), dy: fc.integer({ min: -8, max: 8 }), first: fc.boolean() }),
        {
          minLength: 1,
          maxLength: 30,
        },
      ),
      (steps) => {
        const tracker = createFaceTracker()
        let [x, y] = [300, 300]
        const numbers = new Set<number | undefined>()
        for (const [k, { dx, dy, first }] of steps.entries()) {
          x += dx
          y += dy
          const main = faceAt(x, y, 60)
          const small = faceAt(900 + 3 * k, 100, 50)
          const found = tracker.update(first ? [main, small] : [small, main], k * STEP)
          expect(found?.face).toBe(main)
          numbers.add(found?.track)
          expect(numbers.size).toBe(1)
        }
      },
    ),
  )
})

test('a face hidden for a moment keeps its number; nothing else is taken for it meanwhile', () => {
  const tracker = createFaceTracker()
  const other = faceAt(600, 100, 40)
  const first = tracker.update([faceAt(100, 100, 60), other], 0)
  expect(tracker.update([other], 200)).toBeUndefined()
  expect(tracker.update([other], 400)).toBeUndefined()
  expect(tracker.update([faceAt(104, 100, 60), other], 600)?.track).toBe(first?.track)
})

test('a face that is gone for good gives way to the largest one left', () => {
  const tracker = createFaceTracker()
  const first = tracker.update([faceAt(100, 100, 60)], 0)
  const later = tracker.update([faceAt(400, 100, 30), faceAt(600, 100, 40)], 1500)
  expect(later?.face.box.width).toBe(40)
  expect(later?.track).not.toBe(first?.track)
})

test('a much larger face takes over once it is steady, a flicker never does', () => {
  const tracker = createFaceTracker()
  const [mine, large] = [faceAt(100, 100, 60), faceAt(500, 300, 120)]
  const first = tracker.update([mine], 0)!.track
  expect(tracker.update([mine, large], 200)?.track).toBe(first)
  expect(tracker.update([mine], 400)?.track).toBe(first)
  expect(tracker.update([mine, large], 600)?.track).toBe(first)
  expect(tracker.update([mine, large], 800)?.face).toBe(large)
})

test('no faces, no answer', () => {
  expect(createFaceTracker().update([], 0)).toBeUndefined()
})

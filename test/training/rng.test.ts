import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createRng, deriveSeed, shuffled } from '../../src/training/rng.ts'

const seed = fc.integer({ min: 0, max: 2 ** 31 - 1 })

it('draws the same from the same place and something else from another', () => {
  fc.assert(
    fc.property(seed, seed, fc.integer({ min: 0, max: 500 }), (run, epoch, step) => {
      const draw = (...place: number[]) => Array.from({ length: 4 }, createRng(...place).uniform)
      expect(draw(run, epoch, step)).toEqual(draw(run, epoch, step))
      expect(draw(run, epoch, step)).not.toEqual(draw(run, epoch, step + 1))
      expect(deriveSeed(run, epoch)).not.toBe(deriveSeed(run, epoch + 1))
      expect(deriveSeed(run, epoch)).toBeLessThan(2 ** 31)
      expect(deriveSeed(run, epoch)).toBeGreaterThanOrEqual(0)
    }),
  )
})

it('is even: neighbouring places give means near a half', () => {
  const firsts = Array.from({ length: 4000 }, (_, step) => createRng(1, 1, step).uniform())
  expect(firsts.reduce((sum, value) => sum + value, 0) / firsts.length).toBeCloseTo(0.5, 1)
  const integers = Array.from({ length: 6000 }, (_, step) => createRng(2, step).integer(6))
  for (let value = 0; value < 6; value++) {
    const count = integers.filter((each) => each === value).length
    expect(count).toBeGreaterThan(800)
    expect(count).toBeLessThan(1200)
  }
})

it('shuffles: the same items, none lost, and the list given stays as it was', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), seed, (items, run) => {
      const before = [...items]
      const order = shuffled(items, createRng(run))
      expect(items).toEqual(before)
      expect(order.toSorted()).toEqual(before.toSorted())
    }),
  )
})

import { expect, it } from 'vitest'
import { type BestEpoch, betterEpoch, shouldStop } from '../../src/training/early-stopping.ts'

it('keeps the first of equal scores and stops `patience` epochs after the best', () => {
  let best: BestEpoch | null = null
  const stops = [0.4, 0.6, 0.6, 0.5, 0.55].map((score, index) => {
    best = betterEpoch(best, index + 1, score)
    return shouldStop(best, index + 1, 3)
  })
  expect(best).toEqual({ epoch: 2, score: 0.6 })
  expect(stops).toEqual([false, false, false, false, true])
})

it('never stops without patience', () => {
  expect(shouldStop({ epoch: 1, score: 0.9 }, 1000, null)).toBe(false)
})

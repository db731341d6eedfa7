import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchesPerEpoch, batchMode, epochBatches } from '../../src/training/batches.ts'

const items = fc
  .array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 80 })
  .map((lengths) => lengths.map((length, id) => ({ id, length })))
const options = fc.record({
  batchSize: fc.integer({ min: 1, max: 16 }),
  bucketBatches: fc.integer({ min: 1, max: 8 }),
  seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  epoch: fc.integer({ min: 1, max: 300 }),
})

describe('epochBatches', () => {
  it('takes every item exactly once, in batches no larger than asked, the same ones every time', () => {
    fc.assert(
      fc.property(items, options, (given, how) => {
        const batches = epochBatches(given, how)
        const ids = batches.flat().map((item) => item.id)
        expect(ids.toSorted((a, b) => a - b)).toEqual(given.map((item) => item.id))
        for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(how.batchSize)
        expect(batches.length).toBe(batchesPerEpoch(given.length, how.batchSize))
        expect(epochBatches(given, how)).toEqual(batches)
      }),
    )
  })

  it('needs less padding the more batches are sorted together', () => {
    const given = Array.from({ length: 108 }, (_, id) => ({ id, length: 10 + ((id * 37) % 100) }))
    const padding = (bucketBatches: number) => {
      let total = 0
      for (let epoch = 1; epoch <= 20; epoch++) {
        for (const batch of epochBatches(given, { batchSize: 10, bucketBatches, seed: 1, epoch })) {
          const longest = Math.max(...batch.map((item) => item.length))
          total += batch.reduce((sum, item) => sum + longest - item.length, 0)
        }
      }
      return total
    }
    expect(padding(4)).toBeLessThan(0.5 * padding(1))
  })

  it('brings other items together in another epoch', () => {
    const given = Array.from({ length: 60 }, (_, id) => ({ id, length: 10 + (id % 7) }))
    const how = { batchSize: 10, bucketBatches: 3, seed: 4 }
    expect(epochBatches(given, { ...how, epoch: 1 })).not.toEqual(epochBatches(given, { ...how, epoch: 2 }))
  })
})

describe('batchMode', () => {
  it('is the trained mode, or for both a draw by the live share that a place repeats', () => {
    expect(batchMode({ mode: 'live', liveShare: 0 }, 1, 1, 1)).toBe('live')
    expect(batchMode({ mode: 'offline', liveShare: 1 }, 1, 1, 1)).toBe('offline')
    for (const liveShare of [0.5, 0.7]) {
      const draw = () => Array.from({ length: 2000 }, (_, step) => batchMode({ mode: 'both', liveShare }, 3, 1, step))
      expect(draw()).toEqual(draw())
      const live = draw().filter((mode) => mode === 'live').length / 2000
      expect(live).toBeGreaterThan(liveShare - 0.05)
      expect(live).toBeLessThan(liveShare + 0.05)
    }
  })
})

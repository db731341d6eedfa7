import { existsSync, readFileSync } from 'node:fs'
import { join as path } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFunctionals, FUNCTIONAL_COLUMNS } from '../../../src/encoders/audio/functionals.ts'
import { createSmoother } from '../../../src/encoders/audio/lld/smoothing.ts'
import { createSilenceMeter } from '../../../src/encoders/audio/silence.ts'
import { describeWithShared, SHARED } from '../../support/shared-data.ts'
import { cutAt, join, noise } from '../../support/sounds.ts'

describe('createFunctionals', () => {
  test('equals mean and deviation in two passes', () => {
    const row = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 3, maxLength: 3 })
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 50 }), (rows) => {
        const functionals = createFunctionals(3)
        for (const values of rows) functionals.add(values)
        const result = functionals.result()
        for (let d = 0; d < 3; d += 1) {
          const mean = rows.reduce((sum, values) => sum + values[d]!, 0) / rows.length
          const variance = rows.reduce((sum, values) => sum + (values[d]! - mean) ** 2, 0) / rows.length
          expect(result[d]).toBeCloseTo(mean, 6)
          expect(result[3 + d]).toBeCloseTo(Math.sqrt(variance), 6)
        }
      }),
    )
    expect(createFunctionals(2).result()).toEqual(new Float64Array(4))
  })
})

describeWithShared('data/iemocap/audio66_columns.json', 'the published columns', () => {
  test('ours have their names and order', () => {
    const file = path(SHARED, 'data/iemocap/audio66_columns.json')
    expect(existsSync(file)).toBe(true)
    const { columns } = JSON.parse(readFileSync(file, 'utf8')) as { columns: string[] }
    expect(FUNCTIONAL_COLUMNS).toEqual(columns.slice(0, 47))
  })
})

describe('createSmoother', () => {
  /** Smooths one descriptor's values; the others are held at 1. */
  function smooth(descriptor: number, values: readonly number[]): number[] {
    const smoother = createSmoother()
    const frames = values.flatMap(
      (value) => smoother.push(new Float64Array(23).fill(1).fill(value, descriptor, descriptor + 1)) ?? [],
    )
    const last = smoother.end()
    return [...frames, ...(last ? [last] : [])].map((frame) => frame[descriptor]!)
  }

  test('averages three frames', () => {
    expect(smooth(0, [3, 0, 6, 9])).toEqual([1.5, 3, 5, 7.5])
    expect(smooth(0, [])).toEqual([])
    expect(smooth(0, [4])).toEqual([4])
  })

  test('leaves zeros of voiced descriptors out and as they are', () => {
    expect(smooth(10, [0, 3, 6, 0, 9, 0])).toEqual([0, 4.5, 4.5, 0, 9, 0])
  })
})

describe('createSilenceMeter', () => {
  const ratio = (pieces: readonly Float32Array[]): number => {
    const meter = createSilenceMeter()
    for (const piece of pieces) meter.push(piece)
    return meter.ratio()
  }

  test('is the share of quiet frames, however the sound is cut', () => {
    const sound = join([noise(2, 0.1), noise(1, 0.001)])
    expect(ratio([sound])).toBeGreaterThan(0.25)
    expect(ratio([sound])).toBeLessThan(0.36)
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }), (shares) => {
        expect(ratio(cutAt(sound, shares))).toBe(ratio([sound]))
      }),
      { numRuns: 20 },
    )
  })

  test('nothing and digital silence have none', () => {
    expect(ratio([])).toBe(0)
    expect(ratio([new Float32Array(16_000)])).toBe(0)
  })
})

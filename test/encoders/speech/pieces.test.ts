import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { speechPieces } from '../../../src/encoders/speech/pieces.ts'
import { join, noise } from '../../support/sounds.ts'

const LONGEST = 30 * 16_000

describe('speechPieces', () => {
  test('every sample of a loud sound is in one piece, in order, and none is longer than 30 s', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_600, max: 1_600_000 }), (length) => {
        const sound = new Float32Array(length).map((_, i) => 0.1 + (i % 1000) / 2000)
        const pieces = speechPieces(sound)
        for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(LONGEST)
        const lost = length - pieces.reduce((sum, piece) => sum + piece.length, 0)
        // What is left over at the end may be too short to say anything.
        expect(lost).toBeGreaterThanOrEqual(0)
        expect(lost).toBeLessThan(1_600)
        let at = 0
        for (const piece of pieces) {
          expect(piece.byteOffset).toBe(at * 4)
          at += piece.length
        }
      }),
      { numRuns: 20 },
    )
  })

  test('cuts a long sound in its pause', () => {
    const pieces = speechPieces(join([noise(27, 0.2), new Float32Array(8_000), noise(20, 0.2)]))
    expect(pieces).toHaveLength(2)
    const cut = pieces[0]!.length / 16_000
    expect(cut).toBeGreaterThan(27)
    expect(cut).toBeLessThan(27.5)
  })

  test('nothing, silence, a click of less than 100 ms, and what is no number say nothing', () => {
    const silent = [new Float32Array(0), new Float32Array(32_000), noise(1, 0.0005), noise(0.09, 0.5)]
    for (const sound of [...silent, new Float32Array(16_000).fill(Number.NaN)]) expect(speechPieces(sound)).toEqual([])
    expect(speechPieces(noise(0.1, 0.5))).toHaveLength(1)
  })
})

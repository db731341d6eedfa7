import fc from 'fast-check'
import { expect, test } from 'vitest'
import { orientationOf, oriented } from '../../../src/encoders/media/display-matrix.ts'
import { picture } from '../../support/pictures.ts'

const ALL = [1, -1].flatMap((x) => [1, -1].flatMap((y) => [[x, 0, 0, y] as const, [0, x, y, 0] as const]))

/** As MP4 holds it: a, b, u, c, d, v, x, y, w. */
function matrix(a: number, b: number, c: number, d: number): Buffer {
  const bytes = Buffer.alloc(36)
  for (const [k, value] of [a, b, 0, c, d, 0].entries()) bytes.writeInt32LE(Math.round(value * 0x10000), 4 * k)
  return bytes
}

test('every quarter turn and mirroring is read, the upright one is nothing to do', () => {
  for (const [a, b, c, d] of ALL) {
    expect(orientationOf(matrix(a, b, c, d))).toEqual(a === 1 && d === 1 ? undefined : { a, b, c, d })
  }
})

test('no matrix, a short one, other angles and nonsense are left alone', () => {
  expect(orientationOf(null)).toBeUndefined()
  expect(orientationOf(Buffer.alloc(8))).toBeUndefined()
  expect(orientationOf(matrix(0.6, 0.8, -0.8, 0.6))).toBeUndefined()
  expect(orientationOf(matrix(0, 0, 0, 0))).toBeUndefined()
})

test('turning back gives the picture again', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ALL),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      (one, width, height) => {
        const [a, b, c, d] = one
        const image = picture(width, height, (x, y) => [x, y, 7])
        // The inverse of a matrix of quarter turns is its transpose.
        expect(oriented(oriented(image, { a, b, c, d }), { a, b: c, c: b, d })).toEqual(image)
      },
    ),
  )
})

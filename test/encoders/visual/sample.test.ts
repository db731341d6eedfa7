import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromSquare, wholePicture } from '../../../src/encoders/visual/geometry.ts'
import { sampleSquare } from '../../../src/encoders/visual/sample.ts'
import { picture } from '../../support/pictures.ts'

const angle = fc.double({ min: -Math.PI, max: Math.PI, noNaN: true })

test('a square of the picture at its own size is the picture itself', () => {
  const image = picture(24, 24, (x, y) => [x * 10, y * 10, (x * y) % 256])
  expect([...sampleSquare(image, wholePicture(image), 24)]).toEqual([...image.data])
})

test('a plane of colour stays that plane under any turn and scale', () => {
  // Bilinear interpolation, and means of it on symmetric grids, are exact on linear functions.
  const image = picture(120, 120, (x, y) => [x, y, x + y])
  fc.assert(
    fc.property(angle, fc.double({ min: 8, max: 70, noNaN: true }), fc.constantFrom(5, 16, 40), (turn, side, size) => {
      const square = { centre: { x: 61.3, y: 58.7 }, side, angle: turn }
      const pixels = sampleSquare(image, square, size)
      for (const [column, row] of [
        [0, 0],
        [size - 1, 0],
        [1, size - 1],
        [size >> 1, size >> 1],
      ] as const) {
        const { x, y } = fromSquare(square, (column + 0.5) / size, (row + 0.5) / size)
        const at = (row * size + column) * 3
        expect(pixels[at]).toBeCloseTo(x - 0.5, 3)
        expect(pixels[at + 1]).toBeCloseTo(y - 0.5, 3)
        expect(pixels[at + 2]).toBeCloseTo(x + y - 1, 3)
      }
    }),
    { numRuns: 60 },
  )
})

test('outside the picture all is black, and nothing leaves 0..255', () => {
  const image = picture(9, 7, () => [255, 255, 255])
  fc.assert(
    fc.property(angle, fc.integer({ min: -30, max: 30 }), fc.integer({ min: 1, max: 60 }), (turn, offset, side) => {
      const pixels = sampleSquare(image, { centre: { x: offset, y: 3 }, side, angle: turn }, 8)
      expect(Math.min(...pixels)).toBeGreaterThanOrEqual(0)
      expect(Math.max(...pixels)).toBeLessThanOrEqual(255.001)
    }),
  )
  const far = sampleSquare(image, { centre: { x: 500, y: 500 }, side: 20, angle: 0 }, 8)
  expect(far.every((value) => value === 0)).toBe(true)
})

test('a fine pattern becomes its mean when reduced, not a false coarse one', () => {
  const image = picture(256, 256, (x, y) => ((x + y) % 2 ? [200, 200, 200] : [0, 0, 0]))
  const inner = sampleSquare(image, { centre: { x: 128, y: 128 }, side: 200, angle: 0 }, 50)
  for (const value of inner) expect(value).toBeCloseTo(100, 3)
})

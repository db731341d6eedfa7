import fc from 'fast-check'
import { expect, test } from 'vitest'
import { halved, reducedTo } from '../../../src/encoders/visual/halve.ts'
import { sampleSquare } from '../../../src/encoders/visual/sample.ts'
import { picture, pixel } from '../../support/pictures.ts'

test('each pixel is the mean of its four', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 21 }),
      fc.integer({ min: 2, max: 21 }),
      fc.nat(255),
      (width, height, seed) => {
        const image = picture(width, height, (x, y) => [(x * 37 + seed) % 256, (y * 91) % 256, (x * y + seed) % 256])
        const half = halved(image)
        expect(half).toMatchObject({ width: width >> 1, height: height >> 1 })
        const [x, y] = [half.width - 1, half.height - 1]
        const four = [0, 1].flatMap((dx) => [0, 1].map((dy) => pixel(image, 2 * x + dx, 2 * y + dy)))
        for (const [k, value] of pixel(half, x, y).entries()) {
          expect(Math.abs(value - four.reduce((sum, one) => sum + one[k]!, 0) / 4)).toBeLessThanOrEqual(0.5)
        }
      },
    ),
  )
})

test('a square of the reduced picture shows what the square of the whole one shows', () => {
  const image = picture(640, 480, (x, y) => [127 + 120 * Math.sin(x / 40), 127 + 120 * Math.cos(y / 30), (x + y) / 5])
  for (const side of [100, 255, 256, 511, 512, 640, 1100]) {
    const square = { centre: { x: 330, y: 221 }, side, angle: 0.3 }
    const reduced = reducedTo(image, square, 128)
    expect(reduced.square.side).toBeLessThan(256)
    expect(reduced.square.side).toBeGreaterThanOrEqual(Math.min(side, 128))
    const [a, b] = [sampleSquare(image, square, 128), sampleSquare(reduced.image, reduced.square, 128)]
    const mean = a.reduce((sum, value, k) => sum + Math.abs(value - b[k]!), 0) / a.length
    expect(mean, `side ${side}`).toBeLessThan(1.5)
  }
})

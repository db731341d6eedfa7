import fc from 'fast-check'
import { expect, test } from 'vitest'
import { half } from '../../../src/encoders/media/video-frame.ts'
import { picture, pixel } from '../../support/pictures.ts'

test('the halves of a picture are its outer columns', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 30 }), fc.integer({ min: 1, max: 10 }), (width, height) => {
      const whole = { ...picture(width, height, (x, y) => [x, y, 7]), timeMs: 40 }
      const [left, right] = [half(whole, 'left'), half(whole, 'right')]
      expect(left).toMatchObject({ width: width >> 1, height, timeMs: 40 })
      expect(right).toMatchObject({ width: width >> 1, height, timeMs: 40 })
      expect(pixel(left, 0, height - 1)).toEqual([0, height - 1, 7])
      expect(pixel(right, right.width - 1, 0)).toEqual([width - 1, 0, 7])
    }),
  )
})

import { expect, test } from 'vitest'
import { outputSize } from '../../../src/encoders/media/video-size.ts'

test('the size of frames has square pixels, keeps the proportions and the limit', () => {
  expect(outputSize(640, 480, { num: 9, den: 16 }, 1280)).toEqual({ width: 360, height: 480 })
  expect(outputSize(720, 480, { num: 0, den: 1 }, 1280)).toEqual({ width: 720, height: 480 })
  expect(outputSize(3840, 2160, { num: 1, den: 1 }, 1280)).toEqual({ width: 1280, height: 720 })
})

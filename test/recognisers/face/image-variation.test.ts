import { describe, expect, it } from 'vitest'
import { fromSquare } from '../../../src/encoders/visual/geometry.ts'
import { sampleSquare } from '../../../src/encoders/visual/sample.ts'
import { varyImage, varySquare } from '../../../src/recognisers/face/image-variation.ts'

const plain = { flip: false, angle: 0, zoom: 1, shift: [0, 0] as const, brightness: 0, contrast: 1 }
const image = {
  width: 4,
  height: 2,
  data: Uint8Array.from({ length: 24 }, (_, k) => 60 + 5 * k),
}

describe('varyImage', () => {
  it('leaves a picture as it is when nothing varies, and mirrors it twice to itself', () => {
    expect(varyImage(image, plain)).toEqual(image)
    const once = varyImage(image, { ...plain, flip: true })
    expect([...once.data.subarray(0, 3)]).toEqual([...image.data.subarray(9, 12)])
    expect(varyImage(once, { ...plain, flip: true })).toEqual(image)
  })

  it('moves the mean by the brightness and spreads by the contrast, within 0 to 255', () => {
    const mean = (data: Uint8Array) => data.reduce((sum, value) => sum + value, 0) / data.length
    const bright = varyImage(image, { ...plain, brightness: 0.2 })
    expect(mean(bright.data) - mean(image.data)).toBeCloseTo(51, 6)
    const strong = varyImage(image, { ...plain, contrast: 1.5 })
    expect(strong.data[23]! - strong.data[0]!).toBeCloseTo(1.5 * (image.data[23]! - image.data[0]!), -1)
    const burnt = varyImage(image, { ...plain, brightness: 1 })
    expect(Math.max(...burnt.data)).toBe(255)
  })
})

describe('varySquare', () => {
  const square = { centre: { x: 10, y: 8 }, side: 6, angle: 0.1 }

  it('turns, grows and moves about the centre', () => {
    const varied = varySquare(square, { ...plain, angle: 0.2, zoom: 1.5, shift: [0.5, -0.5] })
    expect(varied.side).toBe(9)
    expect(varied.angle).toBeCloseTo(0.3, 12)
    expect(fromSquare(varied, 0.5, 0.5)).toEqual({ x: 13, y: 5 })
  })

  it('of a mirrored picture shows the mirrored crop', () => {
    const whole = { centre: { x: 2, y: 1 }, side: 4, angle: 0 }
    const seen = sampleSquare(varyImage(image, { ...plain, flip: true }), whole, 4)
    const straight = sampleSquare(image, whole, 4)
    for (let row = 0; row < 4; row += 1) {
      for (let x = 0; x < 4; x += 1) expect(seen[(row * 4 + x) * 3]).toBe(straight[(row * 4 + 3 - x) * 3])
    }
  })
})

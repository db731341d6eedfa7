import { expect, test } from 'vitest'
import { DETECTOR_SIZE, detectorAnchors, GRIDS } from '../../../src/encoders/visual/anchors.ts'

/** MediaPipe's SsdAnchorsCalculator with the options of its long-range face detector, written from its description. */
function mediapipeAnchors(): number[] {
  const strides = [16, 32, 32, 32]
  const points: number[] = []
  for (let layer = 0; layer < strides.length; ) {
    let each = 0
    const stride = strides[layer]!
    // Layers of the same stride share their cells: each adds an anchor of its scale and an interpolated one.
    while (strides[layer] === stride) {
      each += 2
      layer += 1
    }
    const cells = Math.ceil(DETECTOR_SIZE / stride)
    for (let y = 0; y < cells; y += 1) {
      for (let x = 0; x < cells; x += 1) {
        for (let k = 0; k < each; k += 1) points.push((x + 0.5) / cells, (y + 0.5) / cells)
      }
    }
  }
  return points
}

test('896 anchors, those of MediaPipe', () => {
  const anchors = detectorAnchors()
  expect(anchors.length).toBe(896 * 2)
  expect([...anchors]).toEqual(mediapipeAnchors().map(Math.fround))
  expect(GRIDS.map(({ cells, anchors: each }) => cells * cells * each)).toEqual([512, 384])
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FACE_MEASURES, faceMeasures } from '../../../src/encoders/visual/face-measures.ts'
import { scattered } from '../../support/faces.ts'

/** A face of only the landmarks that are measured: eye corners 100 apart, in pixels. */
function simpleFace(changes: Record<number, readonly [number, number]> = {}): Float32Array {
  const points: Record<number, readonly [number, number]> = {
    ...{ 33: [0, 0], 133: [35, 0], 160: [10, -6], 144: [10, 6], 158: [25, -6], 153: [25, 6] },
    ...{ 263: [100, 0], 362: [65, 0], 385: [75, -6], 380: [75, 6], 387: [90, -6], 373: [90, 6] },
    ...{ 55: [38, -20], 70: [5, -25], 285: [62, -20], 300: [95, -25] },
    ...{ 2: [50, 55], 0: [50, 65], 13: [50, 70], 14: [50, 74], 17: [50, 82], 61: [28, 72], 291: [72, 72] },
    ...{ 10: [50, -60], 152: [50, 115] },
    ...changes,
  }
  const landmarks = new Float32Array(468 * 3)
  for (const [k, [x, y]] of Object.entries(points)) landmarks.set([x, y, 0], 3 * Number(k))
  return landmarks
}
const value = (landmarks: Float32Array, name: (typeof FACE_MEASURES)[number]): number =>
  faceMeasures(landmarks)![FACE_MEASURES.indexOf(name)]!

test('measures what its names say, in distances between the eyes', () => {
  const still = simpleFace()
  expect(value(still, 'mouth_opening')).toBeCloseTo(0.04, 6)
  expect(value(still, 'mouth_width')).toBeCloseTo(0.44, 6)
  expect(value(still, 'mouth_corners')).toBeCloseTo(0, 6)
  expect(value(still, 'jaw_drop')).toBeCloseTo(0.6, 6)
  expect(value(still, 'upper_lip')).toBeCloseTo(0.1, 6)
  expect(value(still, 'lip_thickness')).toBeCloseTo(0.13, 6)
  expect(value(still, 'eye_opening')).toBeCloseTo(24 / 70, 6)
  expect(value(still, 'inner_brow')).toBeCloseTo(0.2, 6)
  expect(value(still, 'outer_brow')).toBeCloseTo(0.25, 6)
  expect(value(still, 'brow_distance')).toBeCloseTo(0.24, 6)
  for (const angle of ['head_yaw', 'head_pitch', 'head_roll'] as const) expect(value(still, angle)).toBeCloseTo(0, 6)
})

test('a smile, raised brows, a blink and a dropped jaw move their measures, and up', () => {
  const still = simpleFace()
  const smile = simpleFace({ 61: [24, 66], 291: [76, 66] })
  expect(value(smile, 'mouth_corners')).toBeGreaterThan(value(still, 'mouth_corners'))
  expect(value(smile, 'mouth_width')).toBeGreaterThan(value(still, 'mouth_width'))
  expect(value(simpleFace({ 55: [38, -28], 285: [62, -28] }), 'inner_brow')).toBeCloseTo(0.28, 6)
  expect(value(simpleFace({ 14: [50, 90] }), 'mouth_opening')).toBeCloseTo(0.2, 6)
  const shut = { 160: [10, 0], 144: [10, 0], 158: [25, 0], 153: [25, 0], 385: [75, 0], 380: [75, 0] } as const
  expect(value(simpleFace(shut), 'eye_opening')).toBeCloseTo(6 / 70, 6)
})

test('a face turned in the picture, moved and scaled measures the same but for its roll', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.double({ min: -1, max: 1, noNaN: true }),
      fc.double({ min: 0.2, max: 5, noNaN: true }),
      fc.integer({ min: -300, max: 300 }),
      (seed, angle, scale, offset) => {
        const face = simpleFace()
        const jitter = scattered(seed)
        for (let k = 0; k < face.length; k += 1) face[k]! += (jitter[k]! - 100) / 60
        const turned = face.slice()
        for (let k = 0; k < face.length; k += 3) {
          const [x, y, z] = [face[k]!, face[k + 1]!, face[k + 2]!]
          turned[k] = scale * (x * Math.cos(angle) - y * Math.sin(angle)) + offset
          turned[k + 1] = scale * (x * Math.sin(angle) + y * Math.cos(angle)) - offset
          turned[k + 2] = scale * z
        }
        const [before, after] = [faceMeasures(face)!, faceMeasures(turned)!]
        for (const [k, name] of FACE_MEASURES.entries()) {
          expect(after[k]! - before[k]!, name).toBeCloseTo(name === 'head_roll' ? angle : 0, 3)
        }
      },
    ),
  )
})

test('yaw and pitch have their signs: depth grows away from the camera', () => {
  const tilted = (dx: number, dy: number): Float32Array => {
    const face = simpleFace()
    for (let k = 0; k < face.length; k += 3) face[k + 2] = dx * face[k]! + dy * face[k + 1]!
    return face
  }
  expect(value(tilted(0.5, 0), 'head_yaw')).toBeCloseTo(Math.atan(0.5), 5)
  expect(value(tilted(0, 0.5), 'head_pitch')).toBeCloseTo(Math.atan(0.5), 5)
})

test('a face without extent has no measures', () => {
  expect(faceMeasures(new Float32Array(468 * 3))).toBeUndefined()
  expect(faceMeasures(new Float32Array(12))).toBeUndefined()
})

import { fromSquare, type Point, type Square, tilt, toSquare } from './geometry.ts'

/** The outer corners of the eyes, left and right as seen by the viewer. */
const [LEFT_EYE, RIGHT_EYE] = [33, 263]

/**
 * The smallest square around all landmarks x, y, z [n * 3], turned so that the eyes are level: chin to forehead, as the
 * faces of expression data sets are cut out.
 */
export function landmarkSquare(landmarks: Float32Array): Square {
  const at = (k: number): Point => ({ x: landmarks[3 * k]!, y: landmarks[3 * k + 1]! })
  const upright: Square = { centre: at(LEFT_EYE), side: 1, angle: tilt(at(LEFT_EYE), at(RIGHT_EYE)) }
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let k = 0; k < landmarks.length / 3; k += 1) {
    const { u, v } = toSquare(upright, at(k))
    left = Math.min(left, u)
    right = Math.max(right, u)
    top = Math.min(top, v)
    bottom = Math.max(bottom, v)
  }
  return {
    centre: fromSquare(upright, (left + right) / 2, (top + bottom) / 2),
    side: Math.max(right - left, bottom - top),
    angle: upright.angle,
  }
}

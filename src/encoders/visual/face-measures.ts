import { LANDMARK_COUNT } from './face-mesh.ts'

/** Names of the measures, in order. Lengths are in distances between the outer corners of the eyes, angles in radians. */
export const FACE_MEASURES = [
  'mouth_opening',
  'mouth_width',
  'mouth_corners',
  'jaw_drop',
  'upper_lip',
  'lip_thickness',
  'eye_opening',
  'inner_brow',
  'outer_brow',
  'brow_distance',
  'head_yaw',
  'head_pitch',
  'head_roll',
] as const

type Vector = readonly [number, number, number]

const subtract = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
const scaled = (a: Vector, factor: number): Vector => [a[0] * factor, a[1] * factor, a[2] * factor]
const length = (a: Vector): number => Math.hypot(...a)

/** MediaPipe's numbers of the landmarks; left and right as seen by the viewer. */
const EYES = {
  left: { outer: 33, inner: 133, lids: [160, 144, 158, 153] },
  right: { outer: 263, inner: 362, lids: [385, 380, 387, 373] },
} as const
const BROWS = { left: { inner: 55, outer: 70 }, right: { inner: 285, outer: 300 } } as const
const MOUTH = { left: 61, right: 291, upperInner: 13, lowerInner: 14, upperOuter: 0, lowerOuter: 17 } as const
const [NOSE_BASE, CHIN, FOREHEAD] = [2, 152, 10]

/**
 * What a face does, from its 468 landmarks [1404]: [13], in the order of FACE_MEASURES. Lengths are taken in the picture,
 * along the face's own axes: x through the outer eye corners, y square to it. With s the distance of the outer eye corners:
 *
 * - mouth_opening: inner lips apart / s (action units 25, 26); mouth_width: its corners apart / s (12, 20);
 *   mouth_corners: mean height of the corners over the middle of the lips / s, positive in a smile (12, 15);
 *   jaw_drop: chin under nose / s (26, 27); upper_lip: lip under nose / s (10); lip_thickness: both lips / s (23, 24)
 * - eye_opening: eye aspect ratio, mean lid distance / eye width (Soukupova and Cech 2016, eq. 1), of both eyes (5, 7, 45)
 * - inner_brow, outer_brow: height over the inner and outer eye corners / s (1, 2, 4); brow_distance: inner ends apart / s (4)
 * - head_yaw (positive: the face turns to the viewer's right), head_pitch (positive: down), head_roll (positive: clockwise)
 *
 * The landmarks' depth serves the angles only. It is guessed from one picture and noisy: lengths in space follow OpenFace's
 * action units less well on the IEMOCAP clips (bench:visual; mouth_corners with unit 12: r = .21 in space, .33 in the
 * picture; eye_opening with 45: -.16 and -.30; outer_brow with 2: .03 and .25).
 *
 * Undefined for a face without extent or with values that are no finite numbers.
 */
export function faceMeasures(landmarks: Float32Array): Float32Array | undefined {
  if (landmarks.length !== LANDMARK_COUNT * 3) return undefined
  const flat = (k: number): Vector => [landmarks[3 * k]!, landmarks[3 * k + 1]!, 0]
  const across = subtract(flat(EYES.right.outer), flat(EYES.left.outer))
  const scale = length(across)
  const down: Vector = [-across[1] / scale, across[0] / scale, 0]

  const apart = (a: number, b: number): number => length(subtract(flat(a), flat(b)))
  /** How much higher `a` lies in the face than `b`. */
  const above = (a: number, b: number): number => -dot(subtract(flat(a), flat(b)), down) / scale
  const { left, right } = EYES
  const eye = ({ outer, inner, lids: [a, b, c, d] }: typeof left | typeof right): number =>
    (apart(a, b) + apart(c, d)) / (2 * apart(outer, inner))
  const corner = (k: number): number => (above(k, MOUTH.upperInner) + above(k, MOUTH.lowerInner)) / 2
  const values = Float32Array.of(
    above(MOUTH.upperInner, MOUTH.lowerInner),
    apart(MOUTH.left, MOUTH.right) / scale,
    (corner(MOUTH.left) + corner(MOUTH.right)) / 2,
    above(NOSE_BASE, CHIN),
    above(NOSE_BASE, MOUTH.upperOuter),
    above(MOUTH.upperOuter, MOUTH.upperInner) + above(MOUTH.lowerInner, MOUTH.lowerOuter),
    (eye(left) + eye(right)) / 2,
    (above(BROWS.left.inner, left.inner) + above(BROWS.right.inner, right.inner)) / 2,
    (above(BROWS.left.outer, left.outer) + above(BROWS.right.outer, right.outer)) / 2,
    apart(BROWS.left.inner, BROWS.right.inner) / scale,
    ...headAngles(landmarks),
  )
  return values.every((value) => Number.isFinite(value)) ? values : undefined
}

/** Yaw, pitch and roll from the axes of the face in space: the outer eye corners, and forehead to chin square to them. */
function headAngles(landmarks: Float32Array): [number, number, number] {
  const at = (k: number): Vector => [landmarks[3 * k]!, landmarks[3 * k + 1]!, landmarks[3 * k + 2]!]
  const across = subtract(at(EYES.right.outer), at(EYES.left.outer))
  const x = scaled(across, 1 / length(across))
  const downward = subtract(at(CHIN), at(FOREHEAD))
  const y = subtract(downward, scaled(x, dot(downward, x)))
  return [Math.atan2(x[2], Math.hypot(x[0], x[1])), Math.atan2(y[2], Math.hypot(y[0], y[1])), Math.atan2(x[1], x[0])]
}

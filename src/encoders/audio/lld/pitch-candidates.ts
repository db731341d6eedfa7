/** Subharmonic summation (Hermes 1988) with the values that eGeMAPS publishes. */
const HARMONICS = 15
const COMPRESSION = 0.85
const MIN_HZ = 55
const MAX_HZ = 1000
const CANDIDATES = 6
/** Lowest frequency of the logarithmic axis. */
const AXIS_LOW_HZ = 25

export interface PitchCandidate {
  readonly hz: number
  /** 1 - mean / peak of the subharmonic sum: 0 for a flat one, near 1 for a single sharp peak. */
  readonly voicing: number
}

/** Second derivatives of the natural cubic spline through equidistant values (Press et al., Numerical Recipes, 3.3). */
function createSplineCurvature(count: number): (values: Float64Array) => Float64Array {
  const pivot = new Float64Array(count)
  for (let i = 1; i < count - 1; i += 1) pivot[i] = 1 / (4 - pivot[i - 1]!)
  const curvature = new Float64Array(count)
  return (values) => {
    curvature[0] = 0
    curvature[count - 1] = 0
    for (let i = 1; i < count - 1; i += 1) {
      const right = 6 * (values[i - 1]! - 2 * values[i]! + values[i + 1]!)
      curvature[i] = (right - curvature[i - 1]!) * pivot[i]!
    }
    for (let i = count - 2; i > 0; i -= 1) curvature[i]! -= pivot[i]! * curvature[i + 1]!
    return curvature
  }
}

/**
 * Pitch candidates of a frame by subharmonic summation (Hermes 1988, JASA 83, eq. 1): the magnitude spectrum is moved to
 * a logarithmic frequency axis s = log2 f by spline interpolation and summed over its harmonics,
 * H(s) = sum_{n=1}^{15} 0.85^(n-1) P(s + log2 n). Peaks of H between 55 and 1000 Hz are candidates, best first, at
 * most six; place and height by the parabola through three points.
 */
export function createPitchCandidates(bins: number, binHz: number): (magnitude: Float64Array) => PitchCandidate[] {
  const points = bins
  const lowLog = Math.log2(AXIS_LOW_HZ)
  const perOctave = (points - 1) / (Math.log2((bins - 1) * binHz) - lowLog)
  // Spline interpolation at each point of the axis: left bin, and the weights of both values and both curvatures.
  const left = new Int32Array(points)
  const weights = new Float64Array(4 * points)
  for (let i = 0; i < points; i += 1) {
    const place = Math.min(bins - 1 - 1e-9, 2 ** (lowLog + i / perOctave) / binHz)
    left[i] = Math.floor(place)
    const b = place - left[i]!
    const a = 1 - b
    weights.set([a, b, (a ** 3 - a) / 6, (b ** 3 - b) / 6], 4 * i)
  }
  const shifts = Int32Array.from({ length: HARMONICS }, (_, n) => Math.round(Math.log2(n + 1) * perOctave))
  const first = Math.max(1, Math.ceil((Math.log2(MIN_HZ) - lowLog) * perOctave))
  const last = Math.floor((Math.log2(MAX_HZ) - lowLog) * perOctave)
  const curvatureOf = createSplineCurvature(bins)
  const spectrum = new Float64Array(points + shifts.at(-1)!) // zero beyond the axis
  const above = new Float64Array(points + 1)
  const sum = new Float64Array(points)

  return (magnitude) => {
    const curvature = curvatureOf(magnitude)
    for (let i = 0; i < points; i += 1) {
      const k = left[i]!
      const w = 4 * i
      const line = weights[w]! * magnitude[k]! + weights[w + 1]! * magnitude[k + 1]!
      const bend = weights[w + 2]! * curvature[k]! + weights[w + 3]! * curvature[k + 1]!
      spectrum[i] = Math.max(0, line + bend)
    }
    // H is needed near the candidates only; its mean over the whole axis follows from sums over the spectrum's upper part.
    sum.fill(0, first - 1, last + 2)
    for (let i = points - 1; i >= 0; i -= 1) above[i] = above[i + 1]! + spectrum[i]!
    let mean = 0
    let weight = 1
    for (const shift of shifts) {
      for (let i = first - 1; i <= last + 1; i += 1) sum[i]! += weight * spectrum[i + shift]!
      mean += (weight * above[shift]!) / points
      weight *= COMPRESSION
    }
    const candidates: PitchCandidate[] = []
    for (let i = first; i <= last; i += 1) {
      const before = sum[i - 1]!
      const middle = sum[i]!
      const after = sum[i + 1]!
      if (middle < before || middle <= after) continue
      const offset = (0.5 * (before - after)) / (before - 2 * middle + after)
      const peak = middle - 0.25 * (before - after) * offset
      candidates.push({ hz: 2 ** (lowLog + (i + offset) / perOctave), voicing: 1 - mean / peak })
    }
    return candidates.sort((a, b) => b.voicing - a.voicing).slice(0, CANDIDATES)
  }
}

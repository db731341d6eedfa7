/**
 * Equal-loudness weight of a frequency in Hz, Hermansky 1990 (PLP), eq. 4 for signals up to 5 kHz:
 * E(f) = (f^2 / (f^2 + 1.6e5))^2 * (f^2 + 1.44e6) / (f^2 + 9.61e6).
 */
export function equalLoudness(hz: number): number {
  const square = hz * hz
  return (square / (square + 1.6e5)) ** 2 * ((square + 1.44e6) / (square + 9.61e6))
}

/** Exponent of Stevens' power law as PLP uses it: the cubic root, rounded (Hermansky 1990, eq. 6). */
const COMPRESSION = 0.33
/** Scale of the published IEMOCAP columns, found on the 65 public clips: the ratio is the same for each of them. */
const SCALE = 0.0672

/**
 * Loudness of a frame (Eyben et al. 2016, section 3.1: "estimate of perceived signal intensity from an auditory
 * spectrum"): the mel bands [26] of the power spectrum, weighted by equal loudness, compressed, summed. No unit.
 */
export function createLoudness(centresHz: Float64Array): (melPower: Float64Array) => number {
  const weights = Float64Array.from(centresHz, equalLoudness)
  return (melPower) => {
    let sum = 0
    for (let b = 0; b < melPower.length; b += 1) sum += (melPower[b]! * weights[b]!) ** COMPRESSION
    return SCALE * sum
  }
}

/** Least power of a mel band before the logarithm. */
const FLOOR = 1e-8
/** Liftering constant L: coefficient i is multiplied by 1 + L/2 sin(pi i / L), so that all have similar variance. */
const LIFTER = 22

/**
 * Mel-frequency cepstral coefficients 1 to `count` (Davis & Mermelstein 1980; liftered as in the HTK book, section
 * 5.6): c_i = sqrt(2/B) sum_b ln(m_b) cos(pi i (b + 1/2) / B), times the lifter.
 */
export function createMfcc(bands: number, count = 4): (melPower: Float64Array) => number[] {
  const basis = Array.from({ length: count }, (_, c) => {
    const i = c + 1
    const lift = 1 + (LIFTER / 2) * Math.sin((Math.PI * i) / LIFTER)
    return Float64Array.from(
      { length: bands },
      (_, b) => lift * Math.sqrt(2 / bands) * Math.cos((Math.PI * i * (b + 0.5)) / bands),
    )
  })
  const logs = new Float64Array(bands)
  return (melPower) => {
    for (let b = 0; b < bands; b += 1) logs[b] = Math.log(Math.max(melPower[b]!, FLOOR))
    return basis.map((row) => row.reduce((sum, weight, b) => sum + weight * logs[b]!, 0))
  }
}

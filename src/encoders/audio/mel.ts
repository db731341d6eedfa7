/** Mel scale of O'Shaughnessy 1987 in natural logarithms: m = 1127 ln(1 + f / 700). */
export const hzToMel = (hz: number): number => 1127 * Math.log1p(hz / 700)
export const melToHz = (mel: number): number => 700 * Math.expm1(mel / 1127)

export interface MelFilterBank {
  readonly bands: number
  /** Centre frequency of each band in Hz [bands]. */
  readonly centresHz: Float64Array
  /** Weighted sum of a power spectrum under each triangle [bands]; `out` is filled and returned. */
  apply(power: Float64Array, out: Float64Array): Float64Array
}

/**
 * `bands` triangles, equally spaced and half overlapping on the mel scale between `lowHz` and `highHz`
 * (Davis & Mermelstein 1980). The triangles are linear in mel and have height one.
 */
export function createMelFilterBank(options: {
  readonly bands: number
  readonly lowHz: number
  readonly highHz: number
  readonly bins: number
  readonly binHz: number
}): MelFilterBank {
  const { bands, bins, binHz } = options
  const low = hzToMel(options.lowHz)
  const step = (hzToMel(options.highHz) - low) / (bands + 1)
  // A bin lies between two centres: it gives `weight` to the band on its left and 1 - weight to that on its right.
  const right = new Int32Array(bins)
  const weight = new Float64Array(bins)
  for (let k = 0; k < bins; k += 1) {
    const position = (hzToMel(k * binHz) - low) / step // in bands, band b has its centre at b + 1
    right[k] = position < 0 || position > bands + 1 ? -1 : Math.floor(position)
    weight[k] = 1 - (position - Math.floor(position))
  }
  return {
    bands,
    centresHz: Float64Array.from({ length: bands }, (_, b) => melToHz(low + (b + 1) * step)),
    apply(power, out) {
      out.fill(0)
      for (let k = 0; k < bins; k += 1) {
        const band = right[k]!
        if (band < 0) continue
        if (band > 0) out[band - 1]! += power[k]! * weight[k]!
        if (band < bands) out[band]! += power[k]! * (1 - weight[k]!)
      }
      return out
    },
  }
}

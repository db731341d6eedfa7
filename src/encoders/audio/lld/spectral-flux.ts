/**
 * Scale of the published IEMOCAP columns: the least-squares slope between them and this file's distance on the 65
 * public clips (bench/egemaps.ts prints what is left of it). It changes no correlation.
 */
const SCALE = 0.089

export interface SpectralFlux {
  /** The next frame's power spectrum in, its distance from the one before out. */
  push(power: Float64Array): number
  /** Another one in the same state. */
  copy(): SpectralFlux
}

/**
 * Spectral flux (Eyben et al. 2016: difference of the spectra of two consecutive frames): the Euclidean distance between
 * the magnitude spectra of 0-5 kHz, scaled. The first frame has no predecessor: 0.
 */
export function createSpectralFlux(binHz: number): SpectralFlux {
  const count = Math.floor(5000 / binHz) + 1
  return fluxOf(new Float64Array(count), false)
}

/** @param previous the magnitudes of the frame before, once `started` */
function fluxOf(previous: Float64Array, started: boolean): SpectralFlux {
  return {
    push(power) {
      let sum = 0
      for (let k = 0; k < previous.length; k += 1) {
        const magnitude = Math.sqrt(power[k]!)
        sum += (magnitude - previous[k]!) ** 2
        previous[k] = magnitude
      }
      const flux = started ? SCALE * Math.sqrt(sum) : 0
      started = true
      return flux
    },
    copy: () => fluxOf(previous.slice(), started),
  }
}

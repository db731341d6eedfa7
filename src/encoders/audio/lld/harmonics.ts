/** Share of F0 on either side of a multiple of it in which the harmonic's peak is looked for. */
const HARMONIC_RANGE = 0.25
/** Share of the formant's frequency on either side in which its strongest harmonic is looked for. */
const FORMANT_RANGE = 0.1
/** The published data's value of a formant amplitude where there is no F0 to relate it to, in dB. */
export const NO_AMPLITUDE = -201
const FLOOR = 1e-9

const decibel = (magnitude: number): number => 20 * Math.log10(Math.max(magnitude, FLOOR))

export interface HarmonicDescriptors {
  /** Level difference in dB between the two harmonics above F0. */
  readonly h1h2: number
  /** Level difference in dB between the first harmonic above F0 and the strongest in the range of the third formant. */
  readonly h1a3: number
  /** Level of the strongest harmonic in the range of each formant relative to that at F0 in dB [3]. */
  readonly formantAmplitudes: readonly [number, number, number]
}

/** What an unvoiced frame has. */
export const NO_HARMONICS: HarmonicDescriptors = {
  h1h2: 0,
  h1a3: 0,
  formantAmplitudes: [NO_AMPLITUDE, NO_AMPLITUDE, NO_AMPLITUDE],
}

/**
 * Harmonic differences and formant amplitudes (Eyben et al. 2016, section 3.1) of a voiced frame from its magnitude
 * spectrum [bins], F0 and the first three formants in Hz.
 *
 * Which harmonic is "H1": in the published columns it is the first *above* F0 (at 2 F0), and H2 that at 3 F0: regressing
 * H1-H2 on the levels of the first six harmonics gives the weights 0.02, 1.00, -1.01, -0.08, ... This file does the same.
 */
export function harmonicDescriptors(
  magnitude: Float64Array,
  binHz: number,
  f0: number,
  formantsHz: readonly number[],
): HarmonicDescriptors {
  const nyquist = (magnitude.length - 1) * binHz
  const count = Math.max(1, Math.floor(nyquist / f0 - HARMONIC_RANGE))

  const level = (harmonic: number): number => {
    const n = Math.min(harmonic, count)
    const from = Math.max(0, Math.floor(((n - HARMONIC_RANGE) * f0) / binHz))
    const to = Math.min(magnitude.length - 1, Math.ceil(((n + HARMONIC_RANGE) * f0) / binHz))
    let max = 0
    for (let k = from; k <= to; k += 1) max = Math.max(max, magnitude[k]!)
    return decibel(max)
  }

  const amplitude = (formantHz: number): number => {
    const nearest = Math.max(1, Math.round(formantHz / f0))
    const from = Math.max(1, Math.ceil(((1 - FORMANT_RANGE) * formantHz) / f0))
    const to = Math.floor(((1 + FORMANT_RANGE) * formantHz) / f0)
    let max = level(nearest)
    for (let n = from; n <= to; n += 1) max = Math.max(max, level(n))
    return max
  }

  const fundamental = level(1)
  const [a1, a2, a3] = [amplitude(formantsHz[0]!), amplitude(formantsHz[1]!), amplitude(formantsHz[2]!)]
  return {
    h1h2: level(2) - level(3),
    h1a3: level(2) - a3,
    formantAmplitudes: [a1 - fundamental, a2 - fundamental, a3 - fundamental],
  }
}

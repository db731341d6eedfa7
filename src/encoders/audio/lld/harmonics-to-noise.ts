/** Share of the period on either side in which the autocorrelation's peak is looked for. */
const RANGE = 0.1
/** Least ratio that the logarithm sees: -100 dB, also where the peak is not positive. */
const FLOOR = 1e-10

/**
 * Harmonics-to-noise ratio in dB of a voiced frame (Boersma 1993, eq. 4; Eyben et al. 2016): r(T0) / (r(0) - r(T0)) of
 * the windowed frame's autocorrelation [lags], T0 = sampleRate / f0.
 */
export function harmonicsToNoise(autocorrelation: Float64Array, sampleRate: number, f0: number): number {
  const period = sampleRate / f0
  const from = Math.max(2, Math.floor(period * (1 - RANGE)))
  const to = Math.min(autocorrelation.length - 1, Math.ceil(period * (1 + RANGE)))
  let peak = 0
  for (let lag = from; lag <= to; lag += 1) peak = Math.max(peak, autocorrelation[lag]!)
  const noise = autocorrelation[0]! - peak
  return 10 * Math.log10(Math.max(peak, FLOOR) / Math.max(noise, FLOOR))
}

/** Share of the expected period on either side in which the true one is looked for. */
const RANGE = 0.1
/** Least correlation of two neighbouring periods for them to count. */
const MIN_CORRELATION = 0.5
const FLOOR = 1e-12

export interface PeriodPerturbation {
  /** Mean absolute difference of consecutive periods over their mean. */
  readonly jitter: number
  /** Mean absolute level difference of consecutive periods in dB. */
  readonly shimmer: number
}

const NO_PERTURBATION: PeriodPerturbation = { jitter: 0, shimmer: 0 }

export interface PeriodTracker {
  /**
   * The periods of the next frame: `signal` holds its samples from `start` (index in the stream: `position`) to `end`;
   * f0 in Hz, 0 for an unvoiced frame.
   */
  next(frame: {
    readonly signal: Float32Array
    /** Index in the stream of signal[0]. */
    readonly origin: number
    /** First and one past the last sample of the frame in the stream. */
    readonly from: number
    readonly to: number
    readonly f0: number
  }): PeriodPerturbation
  /** Another one in the same state. */
  copy(): PeriodTracker
}

/**
 * Jitter (local) and shimmer (local, dB) of Eyben et al. 2016, section 3.1, by waveform matching (Titze & Liang 1993):
 * within a voiced stretch each period is as long as the lag, F0's period +-10 %, at which the signal correlates best with
 * what follows; it begins where the last one ended, whichever frame that was in. A frame's values are means over the
 * periods that end in it and the one before; peak-to-peak amplitude; lags to a fraction of a sample by a parabola.
 */
export function createPeriodTracker(sampleRate: number): PeriodTracker {
  return periodsOf(sampleRate, -1, 0, 0)
}

/** @param position where the next period begins; -1: no voiced stretch is open */
function periodsOf(sampleRate: number, position: number, lastPeriod: number, lastAmplitude: number): PeriodTracker {
  return {
    next({ signal, origin, from, to, f0 }) {
      if (f0 === 0) {
        position = -1
        lastPeriod = 0
        return NO_PERTURBATION
      }
      if (position < from) position = from
      const expected = sampleRate / f0
      const length = Math.round(expected)
      const shortest = Math.max(3, Math.floor(expected * (1 - RANGE)))
      const longest = Math.ceil(expected * (1 + RANGE))
      let changes = 0
      let periodChange = 0
      let periodSum = 0
      let levelChange = 0
      while (position + longest + 1 + length <= to) {
        const match = bestLag(signal, position - origin, length, shortest, longest)
        if (match.correlation >= MIN_CORRELATION) {
          const amplitude = peakToPeak(signal, position - origin, length)
          if (lastPeriod > 0) {
            changes += 1
            periodChange += Math.abs(match.lag - lastPeriod)
            periodSum += (match.lag + lastPeriod) / 2
            levelChange += Math.abs(20 * Math.log10((amplitude + FLOOR) / (lastAmplitude + FLOOR)))
          }
          lastPeriod = match.lag
          lastAmplitude = amplitude
        }
        position += Math.round(match.lag)
      }
      if (changes === 0) return NO_PERTURBATION
      return { jitter: periodChange / periodSum, shimmer: levelChange / changes }
    },
    copy: () => periodsOf(sampleRate, position, lastPeriod, lastAmplitude),
  }
}

function peakToPeak(signal: Float32Array, from: number, length: number): number {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (let n = from; n < from + length; n += 1) {
    low = Math.min(low, signal[n]!)
    high = Math.max(high, signal[n]!)
  }
  return high - low
}

/** Normalised cross-correlation of the period at `from` with what lies `lag` later; 0 where either is silent. */
function correlation(signal: Float32Array, from: number, length: number, lag: number): number {
  let cross = 0
  let here = 0
  let there = 0
  for (let n = from; n < from + length; n += 1) {
    const a = signal[n]!
    const b = signal[n + lag]!
    cross += a * b
    here += a * a
    there += b * b
  }
  return here > 0 && there > 0 ? cross / Math.sqrt(here * there) : 0
}

function bestLag(
  signal: Float32Array,
  from: number,
  length: number,
  shortest: number,
  longest: number,
): { lag: number; correlation: number } {
  const values: number[] = []
  for (let lag = shortest - 1; lag <= longest + 1; lag += 1) values.push(correlation(signal, from, length, lag))
  let best = 1
  for (let k = 2; k < values.length - 1; k += 1) if (values[k]! > values[best]!) best = k
  const left = values[best - 1]!
  const right = values[best + 1]!
  const bend = left - 2 * values[best]! + right
  const offset = bend < 0 ? Math.max(-0.5, Math.min(0.5, (0.5 * (left - right)) / bend)) : 0
  return { lag: shortest - 1 + best + offset, correlation: values[best]! }
}

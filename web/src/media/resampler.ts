/** Lobes of the windowed sinc on either side, at the lower of the two rates. */
const LOBES = 16
/** How far below half the lower rate the pass band ends, so that what lies above does not fold back. */
const CUTOFF = 0.92
/** Phases between two input samples for which coefficients are kept; between them the nearest is taken. */
const PHASES = 512

/** Turns a stream of samples of one rate into one of another; keeps what it needs between calls. */
export interface Resampler {
  /** Samples in [-1, 1] → as many of the other rate as can be told by now. */
  push(samples: Float32Array): Float32Array
}

/**
 * Band-limited interpolation with a Blackman-windowed sinc (Smith, "Digital Audio Resampling", 1984): the output at time t
 * is Σ x[n] h(t − n), where h's cutoff lies below half of the lower rate. Output sample k is the input at k · from / to,
 * wherever the input was cut into calls.
 *
 * @param from, to samples a second
 */
export function createResampler(from: number, to: number): Resampler {
  const step = from / to
  const scale = Math.min(1, to / from) * CUTOFF
  const reach = Math.ceil(LOBES / scale)
  const taps = 2 * reach
  const kernel = coefficients(reach, scale)
  // The input before its start is silence.
  let held = new Float32Array(reach)
  /** Index of held[0] in the input. */
  let first = -reach
  let next = 0

  return {
    push(samples) {
      const all = new Float32Array(held.length + samples.length)
      all.set(held)
      all.set(samples, held.length)
      const end = first + all.length
      const out: number[] = []
      for (; ; next++) {
        const time = next * step
        // In phases from the start, so that a rounding up goes to the next sample.
        const rounded = Math.round(time * PHASES)
        const base = Math.floor(rounded / PHASES)
        if (base + reach >= end) break
        const row = (rounded - base * PHASES) * taps
        const offset = base - reach + 1 - first
        let sum = 0
        for (let i = 0; i < taps; i++) sum += kernel[row + i]! * all[offset + i]!
        out.push(sum)
      }
      const keepFrom = Math.max(0, Math.floor(next * step) - reach - first)
      held = all.slice(keepFrom)
      first += keepFrom
      return Float32Array.from(out)
    },
  }
}

/** [PHASES, 2 · reach]: for each phase the weights of the samples around it, summing to 1. */
function coefficients(reach: number, scale: number): Float32Array {
  const taps = 2 * reach
  const kernel = new Float32Array(PHASES * taps)
  for (let phase = 0; phase < PHASES; phase++) {
    const row = kernel.subarray(phase * taps, (phase + 1) * taps)
    for (let i = 0; i < taps; i++) {
      const distance = i - (reach - 1) - phase / PHASES
      row[i] = sinc(distance * scale) * blackman(distance / reach)
    }
    const sum = row.reduce((total, value) => total + value, 0)
    for (let i = 0; i < taps; i++) row[i]! /= sum
  }
  return kernel
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))

const blackman = (x: number): number =>
  Math.abs(x) >= 1 ? 0 : 0.42 + 0.5 * Math.cos(Math.PI * x) + 0.08 * Math.cos(2 * Math.PI * x)

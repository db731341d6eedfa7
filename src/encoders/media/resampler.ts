import { EmographError, type ErrorPlace } from '../../errors.ts'

/** What every audio encoder of this project takes: 16 kHz, one channel. */
export const SAMPLE_RATE = 16_000

/** Zero crossings of the sinc on each side of its centre: 24 give a transition band of about 6 % of the bandwidth. */
const ZERO_CROSSINGS = 24
/** Kaiser window's beta: 9 puts the stop band below -90 dB (Kaiser 1974), under the noise of 16 bits. */
const KAISER_BETA = 9
/** Cutoff as a share of the lower Nyquist frequency, so that the transition band ends near it. */
const CUTOFF = 0.95
const MAX_RATE = 384_000

export interface Resampler {
  /** Samples [n] at the source's rate in; those samples of the target's rate that can be known by now out. */
  push(samples: Float32Array): Float32Array
  /** The rest, the end padded with silence; the number of all output samples is ceil(input * target / source). */
  end(): Float32Array
}

/** Modified Bessel function of the first kind, order 0, by its power series (Abramowitz & Stegun 9.6.12). */
function besselI0(x: number): number {
  let term = 1
  let sum = 1
  for (let k = 1; term > sum * 1e-12; k += 1) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

/**
 * The polyphase filters of a rational conversion by up/down: `up` filters of `2 * half` taps, filter p for output
 * samples that lie p/up of an input sample after the input sample at tap half - 1. Each filter sums to one.
 */
function polyphaseFilters(up: number, down: number): { half: number; taps: Float32Array[] } {
  const scale = CUTOFF * Math.min(1, up / down)
  const half = Math.ceil(ZERO_CROSSINGS / scale)
  const norm = besselI0(KAISER_BETA)
  const taps = Array.from({ length: up }, (_, phase) => {
    const filter = new Float64Array(2 * half)
    let sum = 0
    for (let k = 0; k < filter.length; k += 1) {
      const t = k - (half - 1) - phase / up
      const u = t / half
      const window = Math.abs(u) >= 1 ? 0 : besselI0(KAISER_BETA * Math.sqrt(1 - u * u)) / norm
      const x = Math.PI * scale * t
      filter[k] = (x === 0 ? 1 : Math.sin(x) / x) * window
      sum += filter[k]!
    }
    return Float32Array.from(filter, (value) => value / sum)
  })
  return { half, taps }
}

/**
 * Streaming band-limited conversion of the sampling rate by a Kaiser-windowed sinc in polyphase form
 * (Smith, Digital Audio Resampling; Kaiser 1974). Output sample n is centred on input time n * source / target: no
 * delay. The result does not depend on how the stream is cut. Error `EMO_AUDIO_FORMAT` for a rate that is no rate.
 */
export function createResampler(sourceRate: number, place: ErrorPlace = {}, targetRate = SAMPLE_RATE): Resampler {
  if (!Number.isInteger(sourceRate) || sourceRate < 1000 || sourceRate > MAX_RATE) {
    throw new EmographError('EMO_AUDIO_FORMAT', {
      ...place,
      expected: `a sampling rate of 1000 to ${MAX_RATE} Hz`,
      got: `${sourceRate}`,
    })
  }
  if (sourceRate === targetRate) return { push: (samples) => samples, end: () => new Float32Array(0) }
  const divisor = greatestCommonDivisor(sourceRate, targetRate)
  const up = targetRate / divisor
  const down = sourceRate / divisor
  const { half, taps } = polyphaseFilters(up, down)

  let kept = new Float32Array(half - 1) // silence before the first sample
  let keptStart = -(half - 1) // index of kept[0] in the input
  let received = 0
  let produced = 0

  function produce(samples: Float32Array, until: number): Float32Array {
    const input = new Float32Array(kept.length + samples.length)
    input.set(kept)
    input.set(samples, kept.length)
    const available = keptStart + input.length
    const output = new Float32Array(Math.max(0, Math.ceil((available * up) / down) - produced + 1))
    let count = 0
    for (; produced < until; produced += 1) {
      const position = Math.floor((produced * down) / up)
      if (position + half >= available) break
      const filter = taps[(produced * down) % up]!
      const first = position - (half - 1) - keptStart
      let sum = 0
      for (let k = 0; k < filter.length; k += 1) sum += filter[k]! * input[first + k]!
      output[count] = sum
      count += 1
    }
    const from = Math.max(0, Math.floor((produced * down) / up) - (half - 1) - keptStart)
    kept = input.slice(Math.min(from, input.length))
    keptStart += Math.min(from, input.length)
    return output.subarray(0, count)
  }

  return {
    push(samples) {
      received += samples.length
      return produce(samples, Number.POSITIVE_INFINITY)
    },
    end: () => produce(new Float32Array(half + 1), Math.ceil((received * up) / down)),
  }
}

export const RATE = 16_000

/** A sine of `hz` and amplitude `amplitude`, `seconds` long. */
export function sine(hz: number, seconds: number, amplitude = 0.5, rate = RATE): Float32Array {
  return Float32Array.from(
    { length: Math.round(seconds * rate) },
    (_, n) => amplitude * Math.sin((2 * Math.PI * hz * n) / rate),
  )
}

/** White noise of the given root mean square, the same for the same seed. */
export function noise(seconds: number, rms = 0.1, seed = 1, rate = RATE): Float32Array {
  let state = seed >>> 0
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
  return Float32Array.from({ length: Math.round(seconds * rate) }, () => uniform() * rms * Math.sqrt(3))
}

/** Pulses of the given period lengths in samples through a resonator: a voice-like, fully periodic sound. */
export function voice(periods: readonly number[], amplitudes: readonly number[] = [], rate = RATE): Float32Array {
  const length = Math.round(periods.reduce((sum, period) => sum + period, 0))
  const pulses = new Float64Array(length + 1)
  let position = 0
  periods.forEach((period, k) => {
    const at = Math.floor(position)
    const share = position - at
    const amplitude = amplitudes[k] ?? 1
    pulses[at]! += amplitude * (1 - share)
    if (at + 1 <= length) pulses[at + 1]! += amplitude * share
    position += period
  })
  // Two resonances, 600 and 1500 Hz, bandwidths 80 and 120 Hz.
  let signal: Float64Array = pulses
  for (const [hz, bandwidth] of [
    [600, 80],
    [1500, 120],
  ] as const) {
    const r = Math.exp((-Math.PI * bandwidth) / rate)
    const c = 2 * r * Math.cos((2 * Math.PI * hz) / rate)
    const out = new Float64Array(signal.length)
    for (let n = 0; n < out.length; n += 1) out[n] = signal[n]! + c * (out[n - 1] ?? 0) - r * r * (out[n - 2] ?? 0)
    signal = out
  }
  const peak = signal.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  return Float32Array.from(signal.subarray(0, length), (value) => (0.5 * value) / peak)
}

/** A steady voice of `hz`, `seconds` long. */
export const steadyVoice = (hz: number, seconds: number, rate = RATE): Float32Array =>
  voice(new Array(Math.round(seconds * hz)).fill(rate / hz), [], rate)

/** The pieces of `samples` between the cuts, given as shares of its length. */
export function cutAt(samples: Float32Array, shares: readonly number[]): Float32Array[] {
  const cuts = [0, ...shares.map((share) => Math.floor(share * samples.length)), samples.length].sort((a, b) => a - b)
  return cuts.slice(1).map((end, k) => samples.subarray(cuts[k]!, end))
}

export { joinFloat32 as join } from '../../src/float32.ts'

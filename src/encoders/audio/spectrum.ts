import FFT from 'fft.js'

/** Window of `length` weights: Hamming (Harris 1978), or a Gaussian whose deviation is `sigma` half windows. */
export function hammingWindow(length: number): Float64Array {
  return Float64Array.from({ length }, (_, n) => 0.54 - 0.46 * Math.cos((2 * Math.PI * n) / (length - 1)))
}

export function gaussWindow(length: number, sigma = 0.4): Float64Array {
  const middle = (length - 1) / 2
  return Float64Array.from({ length }, (_, n) => Math.exp(-0.5 * ((n - middle) / (sigma * middle)) ** 2))
}

export interface SpectrumAnalyser {
  /** Width of a bin in Hz. */
  readonly binHz: number
  /** Bins from 0 Hz to the Nyquist frequency: size / 2 + 1. */
  readonly bins: number
  /** Windowed power spectrum |X(k)|^2 [bins] of `frame` from `offset` on; the array is reused by the next call. */
  power(frame: Float32Array | Float64Array, offset?: number): Float64Array
}

/** Short-time power spectrum: window, zero padding to `size` (a power of two), discrete Fourier transform. */
export function createSpectrumAnalyser(window: Float64Array, size: number, sampleRate: number): SpectrumAnalyser {
  const fft = new FFT(size)
  const input = new Float64Array(size)
  const output = new Float64Array(2 * size)
  const bins = size / 2 + 1
  const power = new Float64Array(bins)
  return {
    binHz: sampleRate / size,
    bins,
    power(frame, offset = 0) {
      for (let n = 0; n < window.length; n += 1) input[n] = frame[offset + n]! * window[n]!
      fft.realTransform(output, input)
      for (let k = 0; k < bins; k += 1) power[k] = output[2 * k]! ** 2 + output[2 * k + 1]! ** 2
      return power
    },
  }
}

/**
 * Autocorrelation [lags], lags <= size / 2 + 1, of the frame whose power spectrum [size / 2 + 1] is given (Wiener-Khinchin), divided by the
 * transform's size. The power spectrum is real and even, so its inverse transform is a forward one of it.
 */
export function createAutocorrelation(size: number, lags: number): (power: Float64Array) => Float64Array {
  const fft = new FFT(size)
  const input = new Float64Array(size)
  const output = new Float64Array(2 * size)
  const result = new Float64Array(lags)
  return (power) => {
    for (let k = 0; k <= size / 2; k += 1) input[k] = power[k]!
    for (let k = 1; k < size / 2; k += 1) input[size - k] = power[k]!
    fft.realTransform(output, input)
    for (let lag = 0; lag < lags; lag += 1) result[lag] = output[2 * lag]! / size
    return result
  }
}

import { SAMPLE_RATE } from '../media/resampler.ts'
import { createFunctionals } from './functionals.ts'
import { createMelFilterBank } from './mel.ts'
import { createSampleBuffer } from './sample-buffer.ts'
import { createSpectrumAnalyser, hammingWindow } from './spectrum.ts'

const FRAME = (SAMPLE_RATE * 25) / 1000
const STEP = (SAMPLE_RATE * 10) / 1000
const FFT_SIZE = 512
export const LOG_MEL_BANDS = 40
/** Least power of a band before the logarithm: -100 dB of full scale. */
const FLOOR = 1e-10

export interface LogMelStream {
  /** Samples at 16 kHz in; the frames [40] of natural log mel power that are complete by now out. */
  push(samples: Float32Array): Float64Array[]
  /** Mean and standard deviation of each band over the frames so far [80]. */
  statistics(): Float64Array
}

/**
 * Log-mel spectrogram as a stream: 40 triangular bands of 20-7600 Hz, frames of 25 ms every 10 ms, Hamming window. The
 * result does not depend on how the samples are cut.
 */
export function createLogMelStream(): LogMelStream {
  const analyser = createSpectrumAnalyser(hammingWindow(FRAME), FFT_SIZE, SAMPLE_RATE)
  const { bins, binHz } = analyser
  const bank = createMelFilterBank({ bands: LOG_MEL_BANDS, lowHz: 20, highHz: 7600, bins, binHz })
  const buffer = createSampleBuffer()
  const functionals = createFunctionals(LOG_MEL_BANDS)
  const bands = new Float64Array(LOG_MEL_BANDS)
  let next = 0
  return {
    push(samples) {
      buffer.push(samples)
      const frames: Float64Array[] = []
      for (; next * STEP + FRAME <= buffer.end; next += 1) {
        bank.apply(analyser.power(buffer.samples(), next * STEP - buffer.origin), bands)
        const frame = bands.map((power) => Math.log(Math.max(power, FLOOR)))
        functionals.add(frame)
        frames.push(frame)
      }
      buffer.dropBefore(next * STEP)
      return frames
    },
    statistics: () => functionals.result(),
  }
}

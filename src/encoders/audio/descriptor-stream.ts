import { SAMPLE_RATE } from '../media/resampler.ts'
import { DESCRIPTOR_COUNT } from './lld/descriptors.ts'
import { createFormants, type Formants } from './lld/formants.ts'
import { harmonicDescriptors, NO_HARMONICS } from './lld/harmonics.ts'
import { harmonicsToNoise } from './lld/harmonics-to-noise.ts'
import { createLoudness } from './lld/loudness.ts'
import { createMfcc } from './lld/mfcc.ts'
import { createPeriodTracker, type PeriodTracker } from './lld/periods.ts'
import { createPitchCandidates } from './lld/pitch-candidates.ts'
import { createPitchTracker, type PitchTracker } from './lld/pitch-tracker.ts'
import { createSmoother, type Smoother } from './lld/smoothing.ts'
import { alphaRatio, hammarbergIndex, spectralSlope } from './lld/spectral-balance.ts'
import { createSpectralFlux, type SpectralFlux } from './lld/spectral-flux.ts'
import { createMelFilterBank } from './mel.ts'
import { createSampleBuffer, type SampleBuffer } from './sample-buffer.ts'
import { createAutocorrelation, createSpectrumAnalyser, gaussWindow, hammingWindow } from './spectrum.ts'

/** A frame every 10 ms; 20 ms long for the spectrum, 60 ms for the pitch (Eyben et al. 2016, section 3). */
export const FRAME_STEP = SAMPLE_RATE / 100
const SHORT_FRAME = (SAMPLE_RATE * 20) / 1000
export const LONG_FRAME = (SAMPLE_RATE * 60) / 1000
const SHORT_SIZE = 512
const LONG_SIZE = 1024
const MEL_BANDS = 26
/** Lags that the harmonics-to-noise ratio needs: the longest period, 55 Hz, and a tenth more. */
const LAGS = Math.ceil((SAMPLE_RATE / 55) * 1.1) + 2
/** Zero of the F0 scale: A0, 27.5 Hz. */
const SEMITONE_ZERO_HZ = 27.5

export interface DescriptorStream {
  /** Samples at 16 kHz, one channel, full scale 1, in; the frames [23 each] that are final by now out. */
  push(samples: Float32Array): Float64Array[]
  /** The frames that were still open. The stream takes no more samples. */
  end(): Float64Array[]
  /** Another stream in the same state; neither changes the other. */
  copy(): DescriptorStream
}

/** Where a stream is. */
interface StreamState {
  readonly flux: SpectralFlux
  readonly pitch: PitchTracker
  readonly periods: PeriodTracker
  readonly smoother: Smoother
  readonly buffer: SampleBuffer
  /** Frames whose F0 is not decided. */
  readonly open: OpenFrame[]
  nextFrame: number
}

/** What is known of a frame before its F0 is. */
interface OpenFrame {
  readonly index: number
  readonly spectral: readonly number[]
  readonly formants: Formants
  readonly magnitude: Float64Array
  readonly autocorrelation: Float64Array
}

const semitones = (hz: number): number => 12 * Math.log2(hz / SEMITONE_ZERO_HZ)

/**
 * The 23 eGeMAPS low-level descriptors (see lld/) as a stream: frame i begins at sample 160 i and exists once 60 ms of it
 * are there. The result does not depend on how the samples are cut. A frame leaves about 370 ms after its beginning:
 * its own 60 ms, 300 ms in which the pitch tracker may still change its mind, 10 ms of smoothing.
 */
export function createDescriptorStream(analysis: DescriptorAnalysis = createDescriptorAnalysis()): DescriptorStream {
  return streamOf(analysis, {
    flux: createSpectralFlux(analysis.short.binHz),
    pitch: createPitchTracker(),
    periods: createPeriodTracker(SAMPLE_RATE),
    smoother: createSmoother(),
    buffer: createSampleBuffer(),
    open: [],
    nextFrame: 0,
  })
}

export type DescriptorAnalysis = ReturnType<typeof createDescriptorAnalysis>

/** Windows, filter banks and tables: what any number of streams share, for it holds nothing from one call to the next. */
export function createDescriptorAnalysis() {
  const short = createSpectrumAnalyser(hammingWindow(SHORT_FRAME), SHORT_SIZE, SAMPLE_RATE)
  const emphasised = createSpectrumAnalyser(hammingWindow(SHORT_FRAME), SHORT_SIZE, SAMPLE_RATE)
  const long = createSpectrumAnalyser(gaussWindow(LONG_FRAME), LONG_SIZE, SAMPLE_RATE)
  const autocorrelationOf = createAutocorrelation(LONG_SIZE, LAGS)
  const { bins, binHz } = short
  const bank = createMelFilterBank({ bands: MEL_BANDS, lowHz: 20, highHz: 8000, bins, binHz })
  return {
    short,
    emphasised,
    long,
    autocorrelationOf,
    bank,
    bands: new Float64Array(MEL_BANDS),
    loudness: createLoudness(bank.centresHz),
    mfcc: createMfcc(MEL_BANDS),
    formantsOf: createFormants(bins, binHz),
    candidatesOf: createPitchCandidates(long.bins, long.binHz),
    difference: new Float32Array(SHORT_FRAME),
  }
}

function streamOf(analysis: DescriptorAnalysis, state: StreamState): DescriptorStream {
  const { short, emphasised, long, autocorrelationOf, bank, bands, difference } = analysis
  const { loudness, mfcc, formantsOf, candidatesOf } = analysis
  const { flux, pitch, periods, smoother, buffer, open } = state
  const { binHz } = short

  function analyse(index: number): OpenFrame & { readonly f0: number | undefined } {
    const samples = buffer.samples()
    const offset = index * FRAME_STEP - buffer.origin
    const power = short.power(samples, offset)
    bank.apply(power, bands)
    const spectral = [
      loudness(bands),
      alphaRatio(power, binHz),
      hammarbergIndex(power, binHz),
      spectralSlope(power, binHz, 0, 500),
      spectralSlope(power, binHz, 500, 1500),
      flux.push(power),
      ...mfcc(bands),
    ]
    for (let n = 0; n < SHORT_FRAME; n += 1) {
      difference[n] = offset + n > 0 ? samples[offset + n]! - samples[offset + n - 1]! : 0
    }
    const formants = formantsOf(emphasised.power(difference))
    const longPower = long.power(samples, offset)
    const autocorrelation = autocorrelationOf(longPower).slice()
    const magnitude = new Float64Array(longPower.length)
    for (let k = 0; k < magnitude.length; k += 1) magnitude[k] = Math.sqrt(longPower[k]!)
    return { index, spectral, formants, magnitude, autocorrelation, f0: pitch.push(candidatesOf(magnitude)) }
  }

  function complete(frame: OpenFrame, f0: number): Float64Array {
    const { spectral, formants, magnitude, autocorrelation } = frame
    const from = frame.index * FRAME_STEP
    const { jitter, shimmer } = periods.next({
      signal: buffer.samples(),
      origin: buffer.origin,
      from,
      to: from + LONG_FRAME,
      f0,
    })
    const voiced = f0 > 0
    const harmonics = voiced ? harmonicDescriptors(magnitude, long.binHz, f0, formants.hz) : NO_HARMONICS
    const [f1, f2, f3] = formants.hz
    const [a1, a2, a3] = harmonics.formantAmplitudes
    const values = Float64Array.of(
      ...spectral,
      voiced ? semitones(f0) : 0,
      jitter,
      shimmer,
      voiced ? harmonicsToNoise(autocorrelation, SAMPLE_RATE, f0) : 0,
      harmonics.h1h2,
      harmonics.h1a3,
      ...[f1, formants.firstBandwidth, a1, f2, a2, f3, a3],
    )
    if (values.length !== DESCRIPTOR_COUNT) throw new Error(`frame of ${values.length} descriptors`)
    return values
  }

  function close(f0: number, frames: Float64Array[]): void {
    const frame = open.shift()!
    const smoothed = smoother.push(complete(frame, f0))
    if (smoothed) frames.push(smoothed)
    // One sample before the oldest frame that still needs the signal: the first difference looks back at it.
    buffer.dropBefore((frame.index + 1) * FRAME_STEP - 1)
  }

  return {
    push(samples) {
      const frames: Float64Array[] = []
      buffer.push(samples)
      for (; state.nextFrame * FRAME_STEP + LONG_FRAME <= buffer.end; state.nextFrame += 1) {
        const { f0, ...frame } = analyse(state.nextFrame)
        open.push(frame)
        if (f0 !== undefined) close(f0, frames)
      }
      return frames
    },
    end() {
      const frames: Float64Array[] = []
      for (const f0 of pitch.end()) close(f0, frames)
      const last = smoother.end()
      if (last) frames.push(last)
      return frames
    },
    copy: () =>
      streamOf(analysis, {
        flux: flux.copy(),
        pitch: pitch.copy(),
        periods: periods.copy(),
        smoother: smoother.copy(),
        buffer: buffer.copy(),
        open: [...open], // a frame is never changed
        nextFrame: state.nextFrame,
      }),
  }
}

import { SAMPLE_RATE } from './resampler.ts'

/** What a decoder found on its way; complete once its chunks have been read to the end. */
export interface DecodeReport {
  /** What decoded: our own parser, the library, the ffmpeg program. */
  readonly decoder: 'wav' | 's16le' | 'library' | 'program'
  readonly sampleRate: number
  readonly channels: number
  /** Length of the decoded sound. */
  readonly durationMs: number
  /** Largest absolute sample, full scale 1. */
  readonly peak: number
  /** Samples at or beyond full scale in runs of at least three: the recording was too loud. */
  readonly clippedSamples: number
  /** Samples that were no number; they became silence. */
  readonly invalidSamples: number
  /** Packets that did not decode; their time is missing from the sound. */
  readonly damagedPackets: number
  /** The file ended before it said. */
  readonly truncated: boolean
  /** Sound that the file declares and that could not be decoded, at its end or in damaged parts; 0 where none is known. */
  readonly missingMs: number
}

/** The report in words, one sentence a thing that is not as it should be; empty where all is well. */
export function explainReport(report: DecodeReport): string[] {
  const sentences: string[] = []
  if (report.truncated) sentences.push(`the file ends early: ${report.durationMs} ms could be read`)
  if (report.missingMs > 0) sentences.push(`${report.missingMs} ms that the file declares could not be decoded`)
  if (report.damagedPackets > 0) sentences.push(`${report.damagedPackets} damaged packets are missing from the sound`)
  if (report.invalidSamples > 0) sentences.push(`${report.invalidSamples} samples were no numbers and became silence`)
  if (report.clippedSamples > 0) sentences.push(`${report.clippedSamples} samples are clipped`)
  if (report.durationMs > 0 && report.peak === 0) sentences.push('the sound is digital silence')
  return sentences
}

const CLIPPED = 0.999
const CLIPPED_RUN = 3
/** Beyond this a float sample is damage, not a loud sound; it keeps energies finite. */
const LOUDEST = 8

export interface SampleInspector {
  /** Counts and repairs in place: no sample is NaN, infinite or beyond ±8 afterwards. */
  inspect(mono: Float32Array): Float32Array
  readonly counts: { samples: number; peak: number; clippedSamples: number; invalidSamples: number }
}

/** Looks at every sample once, before resampling spreads what is wrong with one to its neighbours. */
export function createSampleInspector(): SampleInspector {
  const counts = { samples: 0, peak: 0, clippedSamples: 0, invalidSamples: 0 }
  let run = 0
  return {
    counts,
    inspect(mono) {
      const clean = mono.slice()
      counts.samples += clean.length
      for (let n = 0; n < clean.length; n += 1) {
        let size = Math.abs(clean[n]!)
        if (!(size <= LOUDEST)) {
          counts.invalidSamples += 1
          clean[n] = 0
          size = 0
        }
        if (size > counts.peak) counts.peak = size
        run = size >= CLIPPED ? run + 1 : 0
        if (run === CLIPPED_RUN) counts.clippedSamples += CLIPPED_RUN
        else if (run > CLIPPED_RUN) counts.clippedSamples += 1
      }
      return clean
    },
  }
}

export const durationMs = (samples: number, sampleRate: number = SAMPLE_RATE): number =>
  Math.round((samples / sampleRate) * 1000)

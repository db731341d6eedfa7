import { durationMs } from '../media/decode-report.ts'
import { type Calibration, calibrate } from './calibration.ts'
import { createDescriptorAnalysis, createDescriptorStream, type DescriptorStream } from './descriptor-stream.ts'
import { createFunctionals, FUNCTIONAL_COLUMNS, type Functionals } from './functionals.ts'
import { createSilenceMeter, type SilenceMeter } from './silence.ts'

export interface AudioEncoderOptions {
  /** Utterances shorter than this have no audio modality; 100 ms hold five frames, too few for a deviation. */
  readonly minimumMs?: number
  /** Utterances whose largest sample stays below this have no audio modality; -80 dB of full scale. */
  readonly silentPeak?: number
  /** Puts the features on the scale of published ones, for a model trained on those (see loadCalibration). */
  readonly calibration?: Calibration
}

/** Why an utterance has no audio features. */
export type MissingAudio = 'no-audio' | 'too-short' | 'silent'

export type AudioEncoding =
  | { readonly features: Float32Array; readonly durationMs: number }
  | { readonly missing: MissingAudio; readonly reason: string; readonly durationMs: number }

export interface AudioUtterance {
  /** Samples at 16 kHz, one channel, full scale 1; a sample that is no finite number counts as 0. */
  push(samples: Float32Array): void
  /** The utterance's features [47], or why it has none. The utterance takes no more samples. */
  end(): AudioEncoding
  /**
   * Another utterance in the same state: what is pushed to one does not reach the other. `copy().end()` is the encoding of
   * what has come so far.
   */
  copy(): AudioUtterance
}

/** How far an utterance is. */
interface UtteranceState {
  readonly descriptors: DescriptorStream
  readonly functionals: Functionals
  readonly silence: SilenceMeter
  readonly samples: number
  readonly peak: number
}

export interface AudioEncoder {
  readonly name: string
  readonly size: number
  /** What each feature is, under the published names. */
  readonly columns: readonly string[]
  /** A new utterance; any number may be open at once. */
  start(): AudioUtterance
  /** A whole utterance at once: the same result as in pieces. */
  encode(samples: Float32Array): AudioEncoding
}

/**
 * Audio features of an utterance: mean and deviation of the 23 eGeMAPS descriptors and the silence ratio, in the columns
 * and the scale of the published IEMOCAP features (bench/egemaps.ts measures both). Computed while the utterance is still
 * spoken; at its end only the last frames are left to do.
 *
 * @example
 * const utterance = createAudioEncoder().start()
 * for await (const samples of decodeAudio('clip.wav').chunks) utterance.push(samples)
 * const result = utterance.end()
 * if ('features' in result) console.log(result.features.length) // 47
 */
export function createAudioEncoder(options: AudioEncoderOptions = {}): AudioEncoder {
  const { minimumMs = 100, silentPeak = 1e-4, calibration } = options

  const analysis = createDescriptorAnalysis()

  function utteranceOf({ descriptors, functionals, silence, ...from }: UtteranceState): AudioUtterance {
    let { samples: samplesSeen, peak } = from
    const copy = (): AudioUtterance =>
      utteranceOf({
        descriptors: descriptors.copy(),
        functionals: functionals.copy(),
        silence: silence.copy(),
        samples: samplesSeen,
        peak,
      })
    return {
      push(samples) {
        const clean = samples.map((sample) => (Number.isFinite(sample) ? sample : 0))
        samplesSeen += clean.length
        for (const sample of clean) peak = Math.max(peak, Math.abs(sample))
        silence.push(clean)
        for (const frame of descriptors.push(clean)) functionals.add(frame)
      },
      end() {
        for (const frame of descriptors.end()) functionals.add(frame)
        const length = durationMs(samplesSeen)
        const missing = (kind: MissingAudio, reason: string): AudioEncoding => ({
          missing: kind,
          reason,
          durationMs: length,
        })
        if (samplesSeen === 0) return missing('no-audio', 'no audio came')
        if (length < minimumMs || functionals.count === 0) {
          return missing('too-short', `${length} ms of audio; at least ${minimumMs} ms are needed`)
        }
        if (peak < silentPeak) return missing('silent', 'the audio is silent')
        const features = new Float32Array(FUNCTIONAL_COLUMNS.length)
        features.set(functionals.result())
        features[features.length - 1] = silence.ratio()
        return { features: calibration ? calibrate(features, calibration) : features, durationMs: length }
      },
      copy,
    }
  }

  const start = (): AudioUtterance =>
    utteranceOf({
      descriptors: createDescriptorStream(analysis),
      functionals: createFunctionals(),
      silence: createSilenceMeter(),
      samples: 0,
      peak: 0,
    })

  return {
    name: calibration ? 'egemaps-v1-calibrated' : 'egemaps-v1',
    size: FUNCTIONAL_COLUMNS.length,
    columns: FUNCTIONAL_COLUMNS,
    start,
    encode(samples) {
      const utterance = start()
      utterance.push(samples)
      return utterance.end()
    },
  }
}

import { createAudioEncoder } from '../encoders/audio/audio-encoder.ts'
import { loadCalibration } from '../encoders/audio/calibration.ts'
import type { EncoderNames, ExtractorOptions } from './job.ts'

/** The names of the encoders that {@link ExtractorOptions} stand for, without loading weights. */
export function encoderNames({ modalities, textEncoder, calibratedAudio }: ExtractorOptions): EncoderNames {
  const calibration = calibratedAudio ? { calibration: loadCalibration() } : {}
  return {
    ...(modalities.includes('text') && { text: textEncoder }),
    ...(modalities.includes('audio') && { audio: createAudioEncoder(calibration).name }),
  }
}

import { SAMPLE_RATE } from '../media/resampler.ts'

/** A quarter of the analysis window of 128 ms, and its step. */
const BLOCK = (SAMPLE_RATE * 32) / 1000
const BLOCKS = 4
/** A frame is silent below this share of the utterance's mean level (Atmaja & Akagi 2020, section 2). */
const THRESHOLD = 0.3

export interface SilenceMeter {
  push(samples: Float32Array): void
  /** Share of silent frames, 0 to 1; 0 for an utterance of digital silence, which has no level to compare with. */
  ratio(): number
  /** Another meter in the same state. */
  copy(): SilenceMeter
}

/**
 * Silence ratio of an utterance (Atmaja & Akagi 2020, "The effect of silence feature in dimensional speech emotion
 * recognition", eq. 1-2): share of frames whose root mean square is below 0.3 times its mean over the utterance. Frames
 * of 2048 samples every 512, centred, silence before and after the signal.
 */
export function createSilenceMeter(): SilenceMeter {
  return meterOf([], 0, 0, 0)
}

/** @param energies of the whole blocks; `open` that of the block of which `filled` samples are there */
function meterOf(energies: number[], open: number, filled: number, total: number): SilenceMeter {
  return {
    push(samples) {
      total += samples.length
      for (const sample of samples) {
        open += sample * sample
        filled += 1
        if (filled === BLOCK) {
          energies.push(open)
          open = 0
          filled = 0
        }
      }
    },
    ratio() {
      const blocks = filled > 0 ? [...energies, open] : energies
      const frames = total === 0 ? 0 : Math.floor(total / BLOCK) + 1
      const levels = Float64Array.from({ length: frames }, (_, frame) => {
        let sum = 0
        for (let b = frame - BLOCKS / 2; b < frame + BLOCKS / 2; b += 1) sum += blocks[b] ?? 0
        return Math.sqrt(sum / (BLOCK * BLOCKS))
      })
      const mean = levels.reduce((sum, level) => sum + level, 0) / frames
      return frames === 0 ? 0 : levels.filter((level) => level < THRESHOLD * mean).length / frames
    },
    copy: () => meterOf([...energies], open, filled, total),
  }
}

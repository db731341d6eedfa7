import { SAMPLE_RATE } from '../media/resampler.ts'

/** Longest sound that the recogniser is given at once: it was trained on up to 64 s, and memory grows with the square. */
const LONGEST = 30 * SAMPLE_RATE
/** A cut is made in the last 5 s of these, where 100 ms are quietest. */
const SEARCHED = 5 * SAMPLE_RATE
const WINDOW = SAMPLE_RATE / 10
/** Below this nothing can be said: 100 ms. */
const SHORTEST = SAMPLE_RATE / 10
/** -60 dB of full scale: what is quieter everywhere is no speech, or none that is worth its words. */
const QUIET = 0.001

/**
 * A sound in pieces that the recogniser can take: none longer than 30 s, cut where it is quietest; those that are silent
 * or too short are left out.
 *
 * @param samples [n] at 16 kHz; one that is no number makes its piece silent
 */
export function speechPieces(samples: Float32Array): Float32Array[] {
  const pieces: Float32Array[] = []
  for (let start = 0; start < samples.length; ) {
    const end = samples.length - start <= LONGEST ? samples.length : quietestCut(samples, start + LONGEST)
    const piece = samples.subarray(start, end)
    if (piece.length >= SHORTEST && loudest(piece) >= QUIET) pieces.push(piece)
    start = end
  }
  return pieces
}

/** The middle of the quietest window that ends by `latest`. */
function quietestCut(samples: Float32Array, latest: number): number {
  let best = latest
  let least = Number.POSITIVE_INFINITY
  for (let at = latest - SEARCHED; at + WINDOW <= latest; at += WINDOW / 2) {
    const energy = samples.subarray(at, at + WINDOW).reduce((sum, sample) => sum + sample * sample, 0)
    if (energy < least) {
      least = energy
      best = at + WINDOW / 2
    }
  }
  return best
}

const loudest = (samples: Float32Array): number => samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)

import { z } from 'zod'
import { createResampler, SAMPLE_RATE } from '../../encoders/media/resampler.ts'
import type { Rng } from '../../training/rng.ts'

/** How a recording may be varied in training; every default with its reason. */
export const audioVariationSchema = z.strictObject({
  /** Varied copies of each training recording beside the recording itself. */
  copies: z.int().nonnegative().max(32).default(4),
  /** Tempo and pitch together, as a tape does: within a tenth a speaker still sounds human. */
  speeds: z.array(z.number().min(0.5).max(2)).min(1).default([0.9, 0.95, 1, 1.05, 1.1]),
  /** Largest change of the volume, up or down, in dB. */
  gainDb: z.number().min(0).max(40).default(6),
  /** Part of the copies that get white noise. */
  noisy: z.number().min(0).max(1).default(0.5),
  /** Signal-to-noise ratio of those, drawn between the two, in dB. */
  noiseDb: z.tuple([z.number(), z.number()]).default([15, 35]),
})
export type AudioVariationSettings = z.infer<typeof audioVariationSchema>

/** One way in which one recording is varied. */
export interface AudioVariation {
  readonly speed: number
  readonly gainDb: number
  /** Signal-to-noise ratio in dB, null without noise. */
  readonly noiseDb: number | null
}

/** Draws one variation. */
export function drawAudioVariation(settings: AudioVariationSettings, rng: Rng): AudioVariation {
  const { speeds, gainDb, noisy, noiseDb } = settings
  return {
    speed: speeds[rng.integer(speeds.length)]!,
    gainDb: (2 * rng.uniform() - 1) * gainDb,
    noiseDb: rng.uniform() < noisy ? noiseDb[0] + rng.uniform() * (noiseDb[1] - noiseDb[0]) : null,
  }
}

/**
 * Samples [n] at 16 kHz, varied: resampled to [n / speed], noise added, then made louder or softer.
 *
 * The noise is white and uniform with variance σ² = mean(x²) / 10^(noiseDb / 10).
 */
export function varyAudio(samples: Float32Array, { speed, gainDb, noiseDb }: AudioVariation, rng: Rng): Float32Array {
  const varied = changeSpeed(samples, speed).slice()
  const gain = 10 ** (gainDb / 20)
  const noise = noiseDb === null ? 0 : Math.sqrt(meanSquare(varied) / 10 ** (noiseDb / 10))
  // A uniform number in [-1, 1) has variance 1/3.
  const spread = noise * Math.sqrt(3)
  for (let n = 0; n < varied.length; n += 1) {
    const added = spread === 0 ? 0 : (2 * rng.uniform() - 1) * spread
    varied[n] = (varied[n]! + added) * gain
  }
  return varied
}

function changeSpeed(samples: Float32Array, speed: number): Float32Array {
  // Steps of 400 Hz keep the resampler's filters few.
  const rate = Math.round((SAMPLE_RATE * speed) / 400) * 400
  const resampler = createResampler(rate)
  const [body, rest] = [resampler.push(samples), resampler.end()]
  const all = new Float32Array(body.length + rest.length)
  all.set(body)
  all.set(rest, body.length)
  return all
}

function meanSquare(samples: Float32Array): number {
  let sum = 0
  for (const sample of samples) sum += sample * sample
  return samples.length === 0 ? 0 : sum / samples.length
}

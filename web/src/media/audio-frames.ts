import { AUDIO_RATE, AUDIO_SAMPLES_PER_MS } from '../../../src/server/protocol/media-frame.ts'
import { createResampler } from './resampler.ts'

/** Of one frame. */
export const FRAME_MS = 100
export const FRAME_SAMPLES = FRAME_MS * AUDIO_SAMPLES_PER_MS

export interface AudioFrame {
  /** Of its first sample, from the first sample of all. */
  readonly offsetMs: number
  readonly samples: Int16Array
  /** Root of the mean square, 1 for a full-scale square wave: what a level meter shows. */
  readonly level: number
}

/** Cuts a stream of samples of any rate into whole frames of the wire. */
export interface AudioFramer {
  push(samples: Float32Array): AudioFrame[]
}

export function createAudioFramer(sampleRate: number): AudioFramer {
  const resampler = createResampler(sampleRate, AUDIO_RATE)
  let waiting = new Float32Array(0)
  let frames = 0

  return {
    push(samples) {
      const resampled = resampler.push(samples)
      const all = new Float32Array(waiting.length + resampled.length)
      all.set(waiting)
      all.set(resampled, waiting.length)
      const whole: AudioFrame[] = []
      let at = 0
      for (; at + FRAME_SAMPLES <= all.length; at += FRAME_SAMPLES, frames++)
        whole.push(frame(all.subarray(at, at + FRAME_SAMPLES), frames))
      waiting = all.slice(at)
      return whole
    },
  }
}

function frame(samples: Float32Array, index: number): AudioFrame {
  const pcm = new Int16Array(samples.length)
  let energy = 0
  samples.forEach((value, i) => {
    const clipped = Math.min(1, Math.max(-1, value))
    pcm[i] = Math.round(clipped * 32_767)
    energy += clipped * clipped
  })
  return {
    offsetMs: index * FRAME_MS,
    samples: pcm,
    level: Math.sqrt(energy / samples.length),
  }
}

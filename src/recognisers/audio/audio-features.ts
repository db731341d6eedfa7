import { createDescriptorStream } from '../../encoders/audio/descriptor-stream.ts'
import { DESCRIPTOR_COUNT } from '../../encoders/audio/lld/descriptors.ts'
import { createLogMelStream, LOG_MEL_BANDS } from '../../encoders/audio/log-mel.ts'
import { durationMs } from '../../encoders/media/decode-report.ts'

/** Frames of 10 ms that make one step of a sequence: 40 ms, about half a sound of speech. */
export const FRAMES_PER_STEP = 4
/** Numbers of a step: the 23 eGeMAPS descriptors and 40 log-mel bands. */
export const STEP_SIZE = DESCRIPTOR_COUNT + LOG_MEL_BANDS
/** Below this an utterance has too few steps for a deviation. */
const MINIMUM_MS = 200

/** Changes with every change of the numbers that this file makes: caches of older ones are then not used. */
export const AUDIO_STEPS_NAME = 'egemaps-logmel-40ms-v1'

/**
 * What the recognisers hear of an utterance: the eGeMAPS descriptors and log-mel bands of the audio encoder, means over
 * 40 ms.
 *
 * @param samples [n] at 16 kHz, one channel, full scale 1
 * @returns [T * {@link STEP_SIZE}], or undefined for less than 200 ms
 */
export function audioSteps(samples: Float32Array): Float32Array | undefined {
  if (durationMs(samples.length) < MINIMUM_MS) return undefined
  const clean = samples.map((sample) => (Number.isFinite(sample) ? sample : 0))
  const descriptors = createDescriptorStream()
  const frames = [...descriptors.push(clean), ...descriptors.end()]
  const mel = createLogMelStream().push(clean)
  // The last, unfinished step is left out.
  const count = Math.floor(Math.min(frames.length, mel.length) / FRAMES_PER_STEP)
  const steps = new Float32Array(count * STEP_SIZE)
  for (let frame = 0; frame < count * FRAMES_PER_STEP; frame += 1) {
    const at = Math.floor(frame / FRAMES_PER_STEP) * STEP_SIZE
    const add = (column: number, value: number): void => {
      steps[at + column]! += value / FRAMES_PER_STEP
    }
    frames[frame]!.forEach((value, d) => {
      add(d, value)
    })
    mel[frame]!.forEach((value, band) => {
      add(DESCRIPTOR_COUNT + band, value)
    })
  }
  return count > 1 && steps.every(Number.isFinite) ? steps : undefined
}

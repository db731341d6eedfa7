import { fileURLToPath } from 'node:url'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { EmographError } from '../../../errors.ts'
import { SAMPLE_RATE } from '../../media/resampler.ts'

/** Samples a step: 32 ms at 16 kHz; the only step the model takes at this rate. */
const VAD_STEP = 512
export const VAD_STEP_MS = (VAD_STEP * 1000) / SAMPLE_RATE
/** Samples of the step before that stand in front of each step. */
const CONTEXT = 64
const STATE_SHAPE = [2, 1, 128]

const DEFAULT_MODEL = fileURLToPath(new URL('../../../../models/silero-vad/silero_vad_v6.onnx', import.meta.url))

/** One stream of sound: its state and its last samples. */
export interface VoiceActivityStream {
  /**
   * Samples at 16 kHz of any number in; the speech probabilities of the steps of 32 ms that they complete out, in order.
   * Calls must not overlap: await each before the next.
   */
  push(samples: Float32Array): Promise<number[]>
}

export interface VoiceActivityDetector {
  /** A new stream; streams share the weights and nothing else. */
  start(): VoiceActivityStream
  dispose(): Promise<void>
}

/**
 * Silero's voice activity detector (models/silero-vad) through onnxruntime on one thread. Create it once a process:
 * creating sessions over and over leaks. Errors `EMO_FILE_MISSING`.
 */
export async function createVoiceActivityDetector(
  options: { readonly model?: string } = {},
): Promise<VoiceActivityDetector> {
  const file = options.model ?? DEFAULT_MODEL
  const session = await InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1 }).catch(
    (cause: unknown) => {
      throw new EmographError('EMO_FILE_MISSING', { file, expected: 'the Silero model', got: 'none', cause })
    },
  )
  const rate = new Tensor('int64', BigInt64Array.of(BigInt(SAMPLE_RATE)), [])

  function start(): VoiceActivityStream {
    let state = new Tensor('float32', new Float32Array(2 * 128), STATE_SHAPE)
    const input = new Float32Array(CONTEXT + VAD_STEP)
    let filled = 0
    return {
      async push(samples) {
        const probabilities: number[] = []
        for (let taken = 0; taken < samples.length; ) {
          const count = Math.min(VAD_STEP - filled, samples.length - taken)
          input.set(samples.subarray(taken, taken + count), CONTEXT + filled)
          filled += count
          taken += count
          if (filled < VAD_STEP) break
          const result = await session.run({
            input: new Tensor('float32', input.slice(), [1, input.length]),
            state,
            sr: rate,
          })
          probabilities.push(Number(result.output!.data[0]))
          state = result.stateN as typeof state
          input.copyWithin(0, VAD_STEP) // the last 64 samples become the next step's context
          filled = 0
        }
        return probabilities
      },
    }
  }

  return { start, dispose: () => session.release() }
}

import { imageFormat } from '../../encoders/media/image.ts'
import { EmographError } from '../../errors.ts'
import { AUDIO_SAMPLES_PER_MS, decodeMediaFrame, decodeSamples } from '../protocol/media-frame.ts'
import type { MediaLimits } from './limits.ts'

/** A binary frame that is what it says. Times in ms of the participant's own clock. */
export type CheckedFrame =
  | {
      readonly kind: 'audio'
      readonly participant: number
      readonly startMs: number
      /** 16 kHz, one channel. */
      readonly samples: Int16Array
      readonly payload: Uint8Array
    }
  | {
      readonly kind: 'image'
      readonly participant: number
      readonly startMs: number
      readonly jpeg: Uint8Array
      readonly payload: Uint8Array
    }

/**
 * One binary frame, checked as far as it can be without decoding: whole samples and no more than a frame's worth of them,
 * a JPEG by its first bytes. What it holds is a copy: the socket's buffer is reused.
 *
 * @throws EMO_MEDIA_INVALID
 */
export function parseMediaFrame(bytes: Uint8Array, { audioFrameMs }: Pick<MediaLimits, 'audioFrameMs'>): CheckedFrame {
  const { kind, participant, startMs, payload: view } = decodeMediaFrame(bytes)
  const payload = view.slice()
  if (kind === 'image') {
    if (imageFormat(payload) !== 'JPEG')
      throw new EmographError('EMO_MEDIA_INVALID', {
        field: 'payload',
        expected: 'a JPEG picture',
        got: 'another format',
      })
    return { kind, participant, startMs, jpeg: payload, payload }
  }
  const samples = decodeSamples(payload)
  if (samples.length > audioFrameMs * AUDIO_SAMPLES_PER_MS)
    throw new EmographError('EMO_MEDIA_INVALID', {
      field: 'payload',
      expected: `at most ${audioFrameMs} ms of sound`,
      got: `${Math.ceil(samples.length / AUDIO_SAMPLES_PER_MS)} ms`,
    })
  return { kind, participant, startMs, samples, payload }
}

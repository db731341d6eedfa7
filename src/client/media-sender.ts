import { EmographError } from '../errors.ts'
import {
  AUDIO_SAMPLE_BYTES,
  AUDIO_SAMPLES_PER_MS,
  encodeMediaFrame,
  encodeSamples,
  MEDIA_HEAD_BYTES,
  type MediaKind,
} from '../server/protocol/media-frame.ts'
import type { MediaBuffer } from './media-buffer.ts'
import type { SessionState } from './session-state.ts'

/** Sound and pictures as frames of the protocol. */
export interface MediaSender {
  audio(participant: string, startMs: number, samples: Int16Array): void
  image(participant: string, startMs: number, jpeg: Uint8Array): void
}

/** A frame of sound is no longer than this, in ms: the server takes it whole or not at all. */
const LONGEST_AUDIO_MS = 1_000

export function createMediaSender(media: MediaBuffer, session: SessionState): MediaSender {
  /** The server has told the order of the participants with the settings. */
  function indexOf(participant: string): number {
    const index = session.settings?.participants.findIndex(({ id }) => id === participant) ?? -1
    if (index >= 0) return index
    throw new EmographError('EMO_PARTICIPANT_UNKNOWN', {
      field: 'participant',
      expected: 'one that the server has confirmed',
      fix: 'Wait for the answer of `configure` first.',
    })
  }

  function push(kind: MediaKind, participant: string, startMs: number, endMs: number, payload: Uint8Array): void {
    const data = encodeMediaFrame({ kind, participant: indexOf(participant), startMs, payload })
    media.push({ participant, kind, startMs, endMs, data })
  }

  const frameBytes = (): number => session.created?.limits.frame_bytes ?? 0

  return {
    audio(participant, startMs, samples) {
      const mostMs = Math.floor((frameBytes() - MEDIA_HEAD_BYTES) / AUDIO_SAMPLE_BYTES / AUDIO_SAMPLES_PER_MS)
      const longest = Math.min(LONGEST_AUDIO_MS, mostMs) * AUDIO_SAMPLES_PER_MS
      for (let from = 0; from < samples.length; from += longest) {
        const piece = samples.subarray(from, from + longest)
        const start = startMs + from / AUDIO_SAMPLES_PER_MS
        push('audio', participant, start, start + piece.length / AUDIO_SAMPLES_PER_MS, encodeSamples(piece))
      }
    },
    image(participant, startMs, jpeg) {
      if (jpeg.byteLength + MEDIA_HEAD_BYTES > frameBytes())
        throw new EmographError('EMO_MESSAGE_TOO_LARGE', {
          expected: `${frameBytes()} bytes`,
          got: `${jpeg.byteLength + MEDIA_HEAD_BYTES}`,
        })
      push('image', participant, startMs, startMs, jpeg)
    },
  }
}

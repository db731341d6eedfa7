import { EmographError } from '../errors.ts'
import type { MediaBuffer } from './media-buffer.ts'
import { checkFrame, encodeFrame, encodeSamples, type MediaKind, splitAudio } from './media-frame.ts'
import type { SessionState } from './session-state.ts'

/** Sound and pictures as frames of the protocol. */
export interface MediaSender {
  audio(participant: string, startMs: number, samples: Int16Array): void
  image(participant: string, startMs: number, jpeg: Uint8Array): void
}

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
    const data = encodeFrame(kind, indexOf(participant), startMs, payload)
    media.push({ participant, kind, startMs, endMs, data })
  }

  const frameBytes = (): number => session.created?.limits.frame_bytes ?? 0

  return {
    audio(participant, startMs, samples) {
      checkFrame(startMs, 0, frameBytes())
      for (const piece of splitAudio(startMs, samples, frameBytes()))
        push('audio', participant, piece.startMs, piece.endMs, encodeSamples(piece.samples))
    },
    image(participant, startMs, jpeg) {
      checkFrame(startMs, jpeg.byteLength, frameBytes())
      push('image', participant, startMs, startMs, jpeg)
    },
  }
}

import { EmographError } from '../errors.ts'

export type MediaKind = 'audio' | 'image'

/** Byte 0 of a binary frame. */
const KIND_BYTES: Record<MediaKind, number> = { audio: 1, image: 2 }
export const FRAME_HEAD_BYTES = 6
export const AUDIO_RATE = 16_000
const BYTES_PER_SAMPLE = 2
const LATEST_MS = 0xffff_ffff

/** A binary frame of the protocol: kind, participant, start (uint32, little endian, ms), payload. */
export function encodeFrame(
  kind: MediaKind,
  participant: number,
  startMs: number,
  payload: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(FRAME_HEAD_BYTES + payload.byteLength)
  frame[0] = KIND_BYTES[kind]
  frame[1] = participant
  new DataView(frame.buffer).setUint32(2, startMs, true)
  frame.set(payload, FRAME_HEAD_BYTES)
  return frame
}

/** s16le, whatever the machine's own byte order. */
export function encodeSamples(samples: Int16Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(samples.length * BYTES_PER_SAMPLE)
  const view = new DataView(bytes.buffer)
  for (const [i, sample] of samples.entries()) view.setInt16(i * BYTES_PER_SAMPLE, sample, true)
  return bytes
}

/** Samples in pieces of which each fits into a frame, with their times in ms. */
export function* splitAudio(
  startMs: number,
  samples: Int16Array,
  frameBytes: number,
): Generator<{ startMs: number; endMs: number; samples: Int16Array }> {
  // Whole milliseconds, so that no piece begins between two of them.
  const perMs = AUDIO_RATE / 1_000
  const longest = Math.floor((frameBytes - FRAME_HEAD_BYTES) / BYTES_PER_SAMPLE / perMs) * perMs
  for (let from = 0; from < samples.length; from += longest) {
    const piece = samples.subarray(from, from + longest)
    const start = startMs + from / perMs
    yield { startMs: start, endMs: start + piece.length / perMs, samples: piece }
  }
}

/** @throws EMO_MESSAGE_INVALID, EMO_MESSAGE_TOO_LARGE */
export function checkFrame(startMs: number, bytes: number, frameBytes: number): void {
  if (!Number.isInteger(startMs) || startMs < 0 || startMs > LATEST_MS)
    throw new EmographError('EMO_MESSAGE_INVALID', {
      field: 'startMs',
      expected: `a whole number from 0 to ${LATEST_MS}`,
      got: `${startMs}`,
    })
  if (bytes + FRAME_HEAD_BYTES > frameBytes)
    throw new EmographError('EMO_MESSAGE_TOO_LARGE', {
      expected: `${frameBytes} bytes`,
      got: `${bytes + FRAME_HEAD_BYTES}`,
    })
}

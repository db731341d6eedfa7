import { EmographError } from '../../errors.ts'

/**
 * The binary frames of protocol v1, for both sides and for browsers: byte 0 the kind, byte 1 the participant's index in
 * `session.updated`, bytes 2 to 5 the start in ms (uint32, little endian), then the payload.
 */
const MEDIA_KINDS = { audio: 1, image: 2 } as const
export type MediaKind = keyof typeof MEDIA_KINDS

export const MEDIA_HEAD_BYTES = 6
/** Of the audio: signed 16-bit samples, little endian, one channel. */
export const AUDIO_RATE = 16_000
export const AUDIO_SAMPLES_PER_MS = AUDIO_RATE / 1000
export const AUDIO_SAMPLE_BYTES = 2
/** The latest start that four bytes can say: 49 days. */
const LATEST_START_MS = 0xffff_ffff

export interface MediaFrame {
  readonly kind: MediaKind
  /** Index of the participant in `session.updated`. */
  readonly participant: number
  /** By the participant's own media clock. */
  readonly startMs: number
  readonly payload: Uint8Array
}

/** @throws EMO_MEDIA_INVALID where a number does not fit into its bytes */
export function encodeMediaFrame({ kind, participant, startMs, payload }: MediaFrame): Uint8Array<ArrayBuffer> {
  requireWhole('participant', participant, 0xff)
  requireWhole('startMs', startMs, LATEST_START_MS)
  const frame = new Uint8Array(MEDIA_HEAD_BYTES + payload.byteLength)
  frame[0] = MEDIA_KINDS[kind]
  frame[1] = participant
  new DataView(frame.buffer).setUint32(2, startMs, true)
  frame.set(payload, MEDIA_HEAD_BYTES)
  return frame
}

/** The parts of a frame; the payload is a view of its bytes. @throws EMO_MEDIA_INVALID */
export function decodeMediaFrame(frame: Uint8Array): MediaFrame {
  if (frame.byteLength <= MEDIA_HEAD_BYTES) {
    const expected = `${MEDIA_HEAD_BYTES} bytes of head and a payload`
    throw new EmographError('EMO_MEDIA_INVALID', { expected, got: `${frame.byteLength} bytes` })
  }
  const kind = frame[0] === MEDIA_KINDS.audio ? 'audio' : frame[0] === MEDIA_KINDS.image ? 'image' : undefined
  if (kind === undefined) {
    const expected = `${MEDIA_KINDS.audio} (audio) or ${MEDIA_KINDS.image} (JPEG) in the first byte`
    throw new EmographError('EMO_MEDIA_INVALID', { expected, got: `${frame[0]}` })
  }
  const startMs = new DataView(frame.buffer, frame.byteOffset).getUint32(2, true)
  return { kind, participant: frame[1]!, startMs, payload: frame.subarray(MEDIA_HEAD_BYTES) }
}

/** s16le, whatever the machine's own byte order. */
export function encodeSamples(samples: Int16Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(samples.length * AUDIO_SAMPLE_BYTES)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < samples.length; i += 1) view.setInt16(i * AUDIO_SAMPLE_BYTES, samples[i]!, true)
  return bytes
}

/** The samples of an audio frame's payload, copied. @throws EMO_MEDIA_INVALID for half a sample */
export function decodeSamples(payload: Uint8Array): Int16Array {
  if (payload.byteLength % AUDIO_SAMPLE_BYTES !== 0) {
    const expected = 'whole samples of 2 bytes'
    throw new EmographError('EMO_MEDIA_INVALID', { expected, got: `${payload.byteLength} bytes` })
  }
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const samples = new Int16Array(payload.byteLength / AUDIO_SAMPLE_BYTES)
  for (let i = 0; i < samples.length; i += 1) samples[i] = view.getInt16(i * AUDIO_SAMPLE_BYTES, true)
  return samples
}

function requireWhole(field: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= most) return
  throw new EmographError('EMO_MEDIA_INVALID', { field, expected: `a whole number from 0 to ${most}`, got: `${value}` })
}

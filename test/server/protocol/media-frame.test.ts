import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseMediaFrame } from '../../../src/server/media/media-frame.ts'
import {
  decodeMediaFrame,
  decodeSamples,
  encodeMediaFrame,
  encodeSamples,
} from '../../../src/server/protocol/media-frame.ts'
import { expectError } from '../../support/errors.ts'

const limits = { audioFrameMs: 1_000 }
const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 1, 2)

test('what is encoded is decoded, wherever the bytes lie', () => {
  const frame = fc.record({
    kind: fc.constantFrom('audio' as const, 'image' as const),
    participant: fc.nat(255),
    startMs: fc.nat(0xffff_ffff),
    payload: fc.uint8Array({ minLength: 1, maxLength: 100 }),
  })
  fc.assert(
    fc.property(frame, fc.nat(9), (given, offset) => {
      const bytes = encodeMediaFrame(given)
      const moved = new Uint8Array(bytes.length + offset)
      moved.set(bytes, offset)
      expect(decodeMediaFrame(moved.subarray(offset))).toEqual(given)
    }),
  )
})

test('the layout is that of the protocol', () => {
  const bytes = encodeMediaFrame({ kind: 'audio', participant: 3, startMs: 0x01020304, payload: Uint8Array.of(9, 8) })
  expect([...bytes]).toEqual([1, 3, 4, 3, 2, 1, 9, 8])
  expect([...encodeSamples(Int16Array.of(1, -2, 0x1234))]).toEqual([1, 0, 0xfe, 0xff, 0x34, 0x12])
  expect([...decodeSamples(Uint8Array.of(1, 0, 0xfe, 0xff))]).toEqual([1, -2])
})

test('a frame is copied: the buffer that it came in is used again', () => {
  const bytes = encodeMediaFrame({ kind: 'image', participant: 0, startMs: 0, payload: JPEG })
  const { payload } = parseMediaFrame(bytes, limits)
  bytes.fill(0)
  expect([...payload]).toEqual([...JPEG])
})

test('what is no frame is a coded error that repeats nothing of it', async () => {
  const frame = (kind: 'audio' | 'image', payload: Uint8Array) => () =>
    parseMediaFrame(encodeMediaFrame({ kind, participant: 0, startMs: 0, payload }), limits)
  await expectError(() => parseMediaFrame(new Uint8Array(0), limits), 'EMO_MEDIA_INVALID', '0 bytes')
  await expectError(() => parseMediaFrame(new Uint8Array(6), limits), 'EMO_MEDIA_INVALID', '6 bytes')
  await expectError(() => parseMediaFrame(new Uint8Array(9).fill(7), limits), 'EMO_MEDIA_INVALID', '1 (audio)')
  await expectError(frame('audio', new Uint8Array(3)), 'EMO_MEDIA_INVALID', 'whole samples')
  await expectError(frame('audio', new Uint8Array(32_002)), 'EMO_MEDIA_INVALID', 'at most 1000 ms', '1001 ms')
  await expectError(frame('image', Uint8Array.of(0x89, 0x50, 0x4e, 0x47)), 'EMO_MEDIA_INVALID', 'JPEG')
  await expectError(
    () => encodeMediaFrame({ kind: 'audio', participant: 256, startMs: 0, payload: JPEG }),
    'EMO_MEDIA_INVALID',
    'participant',
  )
  await expectError(
    () => encodeMediaFrame({ kind: 'audio', participant: 0, startMs: -1, payload: JPEG }),
    'EMO_MEDIA_INVALID',
    'startMs',
  )
})

test('any bytes are a frame or a coded error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        expect(parseMediaFrame(bytes, limits).participant).toBe(bytes[1])
      } catch (error) {
        expect(error).toMatchObject({ code: 'EMO_MEDIA_INVALID', fatal: false })
      }
    }),
  )
})

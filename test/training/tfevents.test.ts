import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scalarRecord, versionRecord } from '../../src/training/tfevents.ts'

/** CRC-32C bit by bit, from its definition (RFC 3720, appendix B.4): the second implementation. */
function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of data) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}

const masked = (data: Uint8Array) => {
  const crc = BigInt(crc32c(data))
  return Number((((crc >> 15n) | ((crc << 17n) & 0xffffffffn)) + 0xa282ead8n) & 0xffffffffn)
}

/** Reads one TFRecord and checks both of its checksums. */
function messageOf(record: Buffer): Buffer {
  const length = Number(record.readBigUInt64LE(0))
  expect(record.length).toBe(length + 16)
  expect(record.readUInt32LE(8)).toBe(masked(record.subarray(0, 8)))
  const message = record.subarray(12, 12 + length)
  expect(record.readUInt32LE(12 + length)).toBe(masked(message))
  return message
}

/** Fields of a protobuf message: [field number, value], a nested message as its bytes. */
function fieldsOf(message: Buffer): [number, number | Buffer][] {
  const fields: [number, number | Buffer][] = []
  let at = 0
  const varint = () => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++]!
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return Number(value)
    }
  }
  const take = (length: number) => {
    at += length
    return message.subarray(at - length, at)
  }
  while (at < message.length) {
    const key = varint()
    const kind = key & 7
    if (kind === 0) fields.push([key >> 3, varint()])
    else if (kind === 1) fields.push([key >> 3, take(8).readDoubleLE(0)])
    else if (kind === 5) fields.push([key >> 3, take(4).readFloatLE(0)])
    else fields.push([key >> 3, take(varint())])
  }
  return fields
}

describe('tfevents', () => {
  it('begins with the version that TensorBoard asks for', () => {
    const fields = new Map(fieldsOf(messageOf(versionRecord(1.5))))
    expect(fields.get(1)).toBe(1.5)
    expect(String(fields.get(3))).toBe('brain.Event:2')
  })

  it('reads back as it was written', () => {
    const values = fc.dictionary(
      fc.stringMatching(/^[a-z/_]{1,40}$/),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      { maxKeys: 5 },
    )
    const step = fc.integer({ min: 0, max: 2 ** 40 })
    fc.assert(
      fc.property(values, step, fc.double({ min: 0, max: 4e9, noNaN: true }), (given, number, wallTime) => {
        const event = fieldsOf(messageOf(scalarRecord({ wallTime, step: number, values: given })))
        expect(event.find(([field]) => field === 1)![1]).toBe(wallTime)
        expect(event.find(([field]) => field === 2)![1]).toBe(number)
        const summary = event.find(([field]) => field === 5)![1] as Buffer
        const scalars = fieldsOf(summary).map(([, value]) => {
          const scalar = new Map(fieldsOf(value as Buffer))
          return [String(scalar.get(1)), scalar.get(2)]
        })
        expect(scalars).toEqual(Object.entries(given))
      }),
    )
  })

  // Holds this file's own second implementation against the published value for 32 zero bytes.
  it('knows the checksum of RFC 3720', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
  })
})

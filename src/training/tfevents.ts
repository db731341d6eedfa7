import crc32c from 'crc-32/crc32c.js'

/**
 * TensorBoard's event files: TFRecord framing around protobuf `Event` messages, here with scalar summaries only.
 * Each record: uint64 length, masked CRC-32C of the length, the message, masked CRC-32C of the message; little endian.
 * Source: tensorflow/core/lib/io/record_writer.h, tensorflow/core/util/event.proto, .../framework/summary.proto.
 */
export interface ScalarEvent {
  /** Seconds since 1970. */
  readonly wallTime: number
  readonly step: number
  readonly values: Readonly<Record<string, number>>
}

/** The first record of every event file. */
export function versionRecord(wallTime: number): Buffer {
  return record(Buffer.concat([double(1, wallTime), bytes(3, Buffer.from('brain.Event:2'))]))
}

/** One event with its scalars, each shown by TensorBoard as a curve under its name (`dev/live/weighted_f1`). */
export function scalarRecord(event: ScalarEvent): Buffer {
  const values = Object.entries(event.values).map(([tag, value]) =>
    bytes(1, Buffer.concat([bytes(1, Buffer.from(tag)), float(2, value)])),
  )
  const step = Buffer.concat([varint((2 << 3) | 0), varint(event.step)])
  return record(Buffer.concat([double(1, event.wallTime), step, bytes(5, Buffer.concat(values))]))
}

function record(message: Buffer): Buffer {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(message.length))
  return Buffer.concat([length, maskedChecksum(length), message, maskedChecksum(message)])
}

/** TFRecord stores a checksum rotated and offset, so that a checksum of data that holds checksums stays sound. */
function maskedChecksum(data: Buffer): Buffer {
  const checksum = crc32c.buf(data) >>> 0
  const masked = Buffer.alloc(4)
  masked.writeUInt32LE((((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0)
  return masked
}

// Protobuf wire types: 0 varint, 1 eight bytes, 2 a length and bytes, 5 four bytes.
function double(field: number, value: number): Buffer {
  const data = Buffer.alloc(9)
  data.writeUInt8((field << 3) | 1)
  data.writeDoubleLE(value, 1)
  return data
}

function float(field: number, value: number): Buffer {
  const data = Buffer.alloc(5)
  data.writeUInt8((field << 3) | 5)
  data.writeFloatLE(value, 1)
  return data
}

function bytes(field: number, data: Buffer): Buffer {
  return Buffer.concat([varint((field << 3) | 2), varint(data.length), data])
}

function varint(value: number): Buffer {
  const data: number[] = []
  let rest = BigInt(value)
  while (rest > 127n) {
    data.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  return Buffer.from([...data, Number(rest)])
}

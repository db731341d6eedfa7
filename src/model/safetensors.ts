import { z } from 'zod'
import { EmographError } from '../errors.ts'

/** A named array: float32, or int32 (also read from I64 whose values fit). */
export interface StoredTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array | Int32Array
}

export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>
  readonly metadata: Readonly<Record<string, string>>
}

/** The format's own limit on the header, in bytes. */
const MAX_HEADER = 100_000_000
const BYTES = { F32: 4, I32: 4, I64: 8 } as const

const entrySchema = z.strictObject({
  dtype: z.enum(['F32', 'I32', 'I64'], { error: 'a dtype of F32, I32 or I64' }),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
})
const headerSchema = z.record(z.string(), z.unknown())
const metadataSchema = z.record(z.string(), z.string())
type Entry = z.infer<typeof entrySchema>

/**
 * Reads a safetensors file (https://github.com/huggingface/safetensors): 8 bytes little-endian header size, the header as
 * JSON, the tensors' bytes. Everything is checked before anything is believed: sizes against shapes, offsets without
 * gap or overlap, the end of the file.
 *
 * @param file its name, for errors.
 * @throws EMO_SAFETENSORS_HEADER when the header is not one; EMO_SAFETENSORS_DATA when the bytes do not fit it.
 */
export function readSafetensors(bytes: Uint8Array, file: string): SafetensorsFile {
  const { header, start } = readHeader(bytes, file)
  const { __metadata__: metadata = {}, ...entries } = header
  const parsed = Object.entries(entries).map(([name, entry]) => {
    const result = entrySchema.safeParse(entry)
    if (!result.success) throw badHeader(file, name, result.error.issues[0]?.message ?? 'a tensor entry', result.error)
    return [name, result.data] as const
  })
  checkOffsets(parsed, bytes.length - start, file)
  const checked = metadataSchema.safeParse(metadata)
  if (!checked.success) throw badHeader(file, '__metadata__', 'strings by name', checked.error)
  return {
    tensors: new Map(parsed.map(([name, entry]) => [name, readTensor(bytes, start, name, entry, file)])),
    metadata: checked.data,
  }
}

/** Writes tensors in the order given; the same input gives the same bytes. */
export function writeSafetensors(
  tensors: Iterable<readonly [string, StoredTensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = Object.keys(metadata).length === 0 ? {} : { __metadata__: metadata }
  const arrays: (Float32Array | Int32Array)[] = []
  let offset = 0
  for (const [name, { shape, data }] of tensors) {
    const dtype = data instanceof Float32Array ? 'F32' : 'I32'
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] }
    offset += data.byteLength
    arrays.push(data)
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const padded = Math.ceil(json.length / 8) * 8 // the format asks for data aligned to 8 bytes
  const bytes = new Uint8Array(8 + padded + offset)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true)
  bytes.set(json, 8)
  bytes.fill(0x20, 8 + json.length, 8 + padded)
  let at = 8 + padded
  for (const array of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at)
    at += array.byteLength
  }
  return bytes
}

function readHeader(bytes: Uint8Array, file: string): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8) throw badHeader(file, 'header size', '8 bytes', `${bytes.length}`)
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  if (size > MAX_HEADER || size > bytes.length - 8) {
    throw badHeader(file, 'header size', `at most ${Math.min(MAX_HEADER, bytes.length - 8)} bytes`, `${size}`)
  }
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + size)))
    return { header: headerSchema.parse(json), start: 8 + size }
  } catch (cause) {
    throw badHeader(file, 'header', 'a JSON object', cause)
  }
}

function checkOffsets(entries: readonly (readonly [string, Entry])[], available: number, file: string): void {
  let end = 0
  for (const [name, entry] of entries.toSorted(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0])) {
    const [from, to] = entry.data_offsets
    const size = entry.shape.reduce((product, length) => product * length, BYTES[entry.dtype])
    if (from !== end) throw badData(file, name, `data from byte ${end}`, `from byte ${from}`)
    if (to - from !== size) throw badData(file, name, `${size} bytes for shape [${entry.shape}]`, `${to - from}`)
    end = to
  }
  if (end !== available) throw badData(file, undefined, `${end} bytes of data`, `${available}`)
}

function readTensor(bytes: Uint8Array, start: number, name: string, entry: Entry, file: string): StoredTensor {
  const [from, to] = entry.data_offsets
  const copy = new Uint8Array(bytes.subarray(start + from, start + to)).buffer // a copy is aligned for any type
  if (entry.dtype === 'F32') return { shape: entry.shape, data: new Float32Array(copy) }
  if (entry.dtype === 'I32') return { shape: entry.shape, data: new Int32Array(copy) }
  const wide = new BigInt64Array(copy)
  const data = Int32Array.from(wide, Number)
  if (data.some((value, i) => BigInt(value) !== wide[i])) {
    throw badData(file, name, 'integers of at most 32 bits', 'larger ones')
  }
  return { shape: entry.shape, data }
}

function badHeader(file: string, field: string, expected: string, got: unknown): EmographError {
  const detail = typeof got === 'string' ? { got } : { cause: got }
  return new EmographError('EMO_SAFETENSORS_HEADER', { file, field, expected, ...detail })
}

function badData(file: string, field: string | undefined, expected: string, got: string): EmographError {
  return new EmographError('EMO_SAFETENSORS_DATA', { file, ...(field === undefined ? {} : { field }), expected, got })
}

import { createHash } from 'node:crypto'
import { mkdir, open, readFile, truncate } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import crc32c from 'crc-32/crc32c.js'
import { decodeFloat32, encodeFloat32 } from '../float32.ts'

const KEY_BYTES = 32
/** Key, number of values (-1: none could be made), checksum of all before and after it. */
const HEADER_BYTES = KEY_BYTES + 8

/** Numbers that are dear to make, kept on disk by the content that they were made of. */
export interface FeatureCache {
  /** The numbers of (content, form), made by `make` where they are not there yet; undefined where none can be made. */
  get(
    content: Uint8Array,
    form: string,
    make: () => Promise<Float32Array | undefined>,
  ): Promise<Float32Array | undefined>
  readonly hits: number
  readonly misses: number
  close(): Promise<void>
}

/** Where features of recordings and pictures are kept. */
export function featureCacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'emograph', 'recognisers')
}

/**
 * A cache in one file `NAME.cache` of a folder; `name` is the identity of what makes the numbers. Records are appended in
 * one write each and have a checksum: what a crash cut off is made again, so an extraction that was ended goes on where
 * it stopped. It holds numbers and digests, no sound and no picture; keep it as private as the data all the same.
 */
export async function openFeatureCache(folder: string, name: string): Promise<FeatureCache> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, `${name.replaceAll(/[^\w.+-]+/g, '_')}.cache`)
  const known = await loadRecords(path)
  const file = await open(path, 'a')
  let hits = 0
  let misses = 0
  return {
    get hits() {
      return hits
    },
    get misses() {
      return misses
    },
    async get(content, form, make) {
      const digest = createHash('sha256').update(`${name}\0${form}\0`).update(content).digest()
      const key = digest.toString('hex')
      if (known.has(key)) {
        hits += 1
        return known.get(key)
      }
      misses += 1
      const values = await make()
      known.set(key, values)
      await file.write(record(digest, values))
      return values
    },
    close: () => file.close(),
  }
}

function record(digest: Buffer, values: Float32Array | undefined): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  digest.copy(header)
  header.writeInt32LE(values?.length ?? -1, KEY_BYTES)
  const body = encodeFloat32(values ?? new Float32Array(0))
  header.writeInt32LE(checksum(header, body), KEY_BYTES + 4)
  return Buffer.concat([header, body])
}

const checksum = (header: Uint8Array, body: Uint8Array): number =>
  crc32c.buf(body, crc32c.buf(header.subarray(0, KEY_BYTES + 4)))

/** The sound records of the file; from the first that is not on, it is cut off. */
async function loadRecords(path: string): Promise<Map<string, Float32Array | undefined>> {
  const records = new Map<string, Float32Array | undefined>()
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return Buffer.alloc(0)
    throw error
  })
  let at = 0
  while (at + HEADER_BYTES <= bytes.length) {
    const count = bytes.readInt32LE(at + KEY_BYTES)
    const end = at + HEADER_BYTES + Math.max(0, count) * 4
    if (end > bytes.length) break
    const body = bytes.subarray(at + HEADER_BYTES, end)
    if (checksum(bytes.subarray(at, at + HEADER_BYTES), body) !== bytes.readInt32LE(at + KEY_BYTES + 4)) break
    records.set(bytes.toString('hex', at, at + KEY_BYTES), count < 0 ? undefined : decodeFloat32(body))
    at = end
  }
  if (at < bytes.length) await truncate(path, at)
  return records
}

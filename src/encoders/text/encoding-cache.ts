import { createHash } from 'node:crypto'
import { mkdir, open, readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeFloat32, encodeFloat32 } from '../../float32.ts'
import type { TextEncoder } from './text-encoder.ts'

const KEY_BYTES = 32
const FLOAT_BYTES = 4

export interface CachedTextEncoder extends TextEncoder {
  /** Texts answered from the cache, and texts that the encoder had to be asked for. */
  readonly hits: number
  readonly misses: number
}

/**
 * An encoder that remembers on disk what it has encoded, so that training on a corpus encodes each text once, and an
 * interrupted encoding goes on where it stopped.
 *
 * One file `ENCODER.cache` per encoder in `folder`: records of [D] little-endian float32 and then the SHA-256 of encoder
 * name and text. No words are stored, yet a digest tells whoever guesses the text that it was there: keep the folder as
 * private as the corpus. Records are appended in one write each, key last, so that a record that was cut off by a crash,
 * or mixed up with another process's, has no valid key and is only encoded again, never answered wrongly.
 *
 * `dispose` closes the file and disposes of the encoder.
 */
export async function cachedTextEncoder(encoder: TextEncoder, folder: string): Promise<CachedTextEncoder> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, `${encoder.name.replaceAll(/[^\w.-]+/g, '_')}.cache`)
  const known = await loadRecords(path, encoder.size)
  const file = await open(path, 'a')
  let hits = 0
  let misses = 0

  const encodeOne = async (text: string): Promise<Float32Array> => {
    const digest = createHash('sha256').update(`${encoder.name}\0${text}`).digest()
    const key = digest.toString('hex')
    const cached = known.get(key)
    if (cached !== undefined) {
      hits += 1
      return cached.slice()
    }
    misses += 1
    const [vector] = await encoder.encode([text])
    known.set(key, vector!.slice())
    await file.write(Buffer.concat([encodeFloat32(vector!), digest]))
    return vector!
  }
  return {
    name: encoder.name,
    size: encoder.size,
    get hits() {
      return hits
    },
    get misses() {
      return misses
    },
    async encode(texts) {
      const vectors: Float32Array[] = []
      for (const text of texts) vectors.push(await encodeOne(text))
      return vectors
    },
    async dispose() {
      await file.close()
      await encoder.dispose()
    },
  }
}

/** Whole records of the file, by key; a last one that was cut off is taken off the file. */
async function loadRecords(path: string, size: number): Promise<Map<string, Float32Array>> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  const records = new Map<string, Float32Array>()
  if (bytes === undefined) return records
  const recordBytes = size * FLOAT_BYTES + KEY_BYTES
  const whole = bytes.length - (bytes.length % recordBytes)
  if (whole < bytes.length) await truncate(path, whole)
  for (let at = 0; at < whole; at += recordBytes) {
    const end = at + size * FLOAT_BYTES
    records.set(bytes.toString('hex', end, end + KEY_BYTES), decodeFloat32(bytes.subarray(at, end)))
  }
  return records
}

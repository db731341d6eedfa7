import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadRunState } from '../../src/training/run-state.ts'

const CHILD = join(import.meta.dirname, 'train-child.ts')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emograph-resume-'))
})
afterAll(() => rm(folder, { recursive: true }))

const start = (...args: string[]): ChildProcess =>
  spawn(process.execPath, ['--import', 'tsx', CHILD, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })

const ended = (child: ChildProcess) =>
  new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on('exit', (code, signal) => resolve({ code, signal }))
  })

/** Kills the process with SIGKILL as soon as it prints this line. */
async function killAt(child: ChildProcess, wanted: string): Promise<void> {
  const exit = ended(child)
  for await (const line of createInterface({ input: child.stdout! })) if (line.startsWith(wanted)) child.kill('SIGKILL')
  expect(await exit).toEqual({ code: null, signal: 'SIGKILL' })
}

it('ends with the same bytes after kill -9 in mid-epoch, twice, as when it was never disturbed', async () => {
  const [whole, killed] = [join(folder, 'whole', 'tiny'), join(folder, 'killed', 'tiny')]
  const undisturbed = start(whole)
  undisturbed.stdout!.resume()
  expect(await ended(undisturbed)).toEqual({ code: 0, signal: null })

  await killAt(start(killed), 'step 1 2') // before the first epoch is whole: nothing is kept
  expect(existsSync(join(killed, 'seed-4/state.safetensors'))).toBe(false)
  await killAt(start(killed, 'resume'), 'step 3 8')
  expect((await loadRunState(join(killed, 'seed-4/state.safetensors')))!.epoch).toBe(2)
  const resumed = start(killed, 'resume')
  resumed.stdout!.resume()
  expect(await ended(resumed)).toEqual({ code: 0, signal: null })

  const same = ['model/weights.safetensors', 'model/config.json', 'model/normalisation.json', 'model/README.md']
  for (const file of [...same, 'results.json', 'seed-4/model/weights.safetensors']) {
    expect((await readFile(join(killed, file))).equals(await readFile(join(whole, file))), file).toBe(true)
  }
  const figures = async (run: string) =>
    (await readFile(join(run, 'seed-4/log.jsonl'), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => ({ ...JSON.parse(line), time: 0 }))
  expect(await figures(killed)).toEqual(await figures(whole))
})

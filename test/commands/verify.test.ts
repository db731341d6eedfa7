import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { verifyCommand } from '../../src/commands/verify.ts'
import { saveCheckpoint } from '../../src/model/checkpoint.ts'
import { readSafetensors, writeSafetensors } from '../../src/model/safetensors.ts'
import { useBackend } from '../../src/tensor/backend.ts'
import { livelyModel, smallConfig } from '../model/support.ts'
import { expectError } from '../support/errors.ts'

const FIXTURE = join(import.meta.dirname, '../fixtures/reference_at_n14.safetensors')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emograph-verify-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
afterEach(() => {
  process.exitCode = undefined
  vi.restoreAllMocks()
})

/** Runs the command in this process: what it printed, line by line, and its exit code. */
async function run(...args: string[]): Promise<{ lines: string[]; exitCode: typeof process.exitCode }> {
  const lines: string[] = []
  vi.spyOn(console, 'log').mockImplementation((text: string) => lines.push(...text.split('\n')))
  await verifyCommand().parseAsync(args, { from: 'user' })
  return { lines, exitCode: process.exitCode }
}

describe('emograph verify', () => {
  it('prints a table and one JSON object, and exits 0 when the port holds', async () => {
    const { lines, exitCode } = await run(FIXTURE, '--backend', 'wasm', '--json')
    expect(exitCode).toBeUndefined()
    expect(lines.find((line) => line.startsWith('edges and relations'))).toMatch(/178 +0 +0 +ok$/)
    expect(lines).toContain('all within bounds')
    const { passed, backend, parity } = JSON.parse(lines.at(-1)!)
    expect({ passed, backend, files: parity.length }).toEqual({ passed: true, backend: 'wasm', files: 1 })
  })

  it('exits 1 when a number is out of bounds', async () => {
    const file = join(folder, 'changed.safetensors')
    const { tensors, metadata } = readSafetensors(await readFile(FIXTURE), FIXTURE)
    const expected = tensors.get('expect/log_prob')!
    expected.data[0]! += 1
    await writeFile(file, writeSafetensors(tensors, metadata))
    const { lines, exitCode } = await run(file, '--backend', 'wasm', '--json')
    expect(exitCode).toBe(1)
    expect(lines.filter((line) => line.endsWith('TOO LARGE')).map((line) => line.split('  ')[0])).toEqual([
      'log-probabilities',
    ])
    expect(JSON.parse(lines.at(-1)!).passed).toBe(false)
  })

  it('checks a checkpoint for causality', async () => {
    await useBackend('cpu')
    const config = smallConfig()
    const model = livelyModel(config, 1)
    const dir = join(folder, 'checkpoint')
    await saveCheckpoint(dir, {
      name: 'small',
      model: config,
      weights: model.exportWeights(),
      normalisation: {},
      features: {},
      metrics: {},
      card: () => '# Small\n',
    })
    const { lines, exitCode } = await run('--causality', '--model', dir, '--lengths', '1,5', '--backend', 'cpu')
    expect(exitCode).toBeUndefined()
    expect(lines.filter((line) => line.endsWith('ok'))).toHaveLength(8)
  })

  it('says what it needs', async () => {
    for (const args of [[], ['--causality'], ['--model', 'x'], [FIXTURE, '--lengths', '0']]) {
      await expectError(() => verifyCommand().parseAsync(args, { from: 'user' }), 'EMO_CONFIG_INVALID')
    }
  })
})

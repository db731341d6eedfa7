import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as path } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { programAudio } from '../../../src/encoders/media/program-audio.ts'
import { collect } from '../../support/collect.ts'
import { expectError } from '../../support/errors.ts'
import { join, sine } from '../../support/sounds.ts'
import { wav } from '../../support/wav.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path(tmpdir(), 'emograph-program-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A stand-in for ffmpeg: it records its arguments, writes `output` and exits with `code`. */
function standIn(name: string, output: Buffer, code: number): { program: string; seen: string } {
  const data = path(folder, `${name}.wav`)
  const seen = path(folder, `${name}.txt`)
  const program = path(folder, name)
  writeFileSync(data, output)
  writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$@" > '${seen}'\ncat '${data}'\nexit ${code}\n`)
  chmodSync(program, 0o755)
  return { program, seen }
}

const tone = sine(440, 0.2, 0.5, 22_050)
const bytes = wav([tone], { encoding: 'f32', sampleRate: 22_050, declaredSize: 0xffffffff })

test('reads the WAV that the program writes, of unknown length', async () => {
  const { program, seen } = standIn('good', bytes, 0)
  const blocks = await collect(programAudio('/some/file.mp4', program))
  const given = readFileSync(seen, 'utf8').split('\n')
  expect(given[given.indexOf('-i') + 1]).toBe('file:/some/file.mp4')
  expect(given[given.indexOf('-protocol_whitelist') + 1]).toBe('file')
  expect(given[given.indexOf('-format_whitelist') + 1]).toMatch(/^mov,.*avi/)
  expect(blocks[0]!.sampleRate).toBe(22_050)
  expect(join(blocks.map((block) => block.channels[0]!))).toEqual(tone)
})

test('gives what came before the program failed', async () => {
  const { program } = standIn('half', bytes.subarray(0, bytes.length / 2), 1)
  expect(
    join((await collect(programAudio('/some/file.mp4', program))).map((block) => block.channels[0]!)).length,
  ).toBeGreaterThan(2000)
})

test('a file that the program cannot decode, and no program at all, are coded errors', async () => {
  const { program } = standIn('bad', Buffer.alloc(0), 1)
  await expectError(() => collect(programAudio('/some/file.mp4', program)), 'EMO_AUDIO_FORMAT', 'file.mp4')
  await expectError(() => collect(programAudio('/some/file.mp4', path(folder, 'nothing'))), 'EMO_DECODER_UNAVAILABLE')
})

test('a reader that stops early leaves no program behind', async () => {
  const { program } = standIn('long', Buffer.concat([bytes, Buffer.alloc(4_000_000)]), 0)
  for await (const block of programAudio('/some/file.mp4', program)) {
    expect(block.channels[0]!.length).toBeGreaterThan(0)
    break
  }
})

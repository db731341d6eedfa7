import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { decodeAudio } from '../src/encoders/media/decode-audio.ts'
import { decodeVideo } from '../src/encoders/media/decode-video.ts'
import { createPredictor } from '../src/recognisers/predictor.ts'
import { requireFile } from '../src/require-file.ts'
import { collect } from './support/collect.ts'
import { expectError } from './support/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'emograph-file-'))
afterAll(() => rmSync(folder, { recursive: true }))

const file = join(folder, 'file')
writeFileSync(file, '12345')

test('a file is there, with its length', async () => {
  expect(await requireFile(file)).toEqual({ bytes: 5 })
})

test('what is no file says what it is', async () => {
  await expectError(() => requireFile(join(folder, 'none')), 'EMO_FILE_MISSING', 'none', 'got nothing')
  await expectError(() => requireFile(join(file, 'below')), 'EMO_FILE_MISSING', 'got nothing')
  await expectError(() => requireFile(folder), 'EMO_FILE_MISSING', 'got a folder')
})

test.skipIf(process.platform === 'win32')('a pipe is refused by all that decodes, and never waited for', async () => {
  const pipe = join(folder, 'pipe.wav')
  execFileSync('mkfifo', [pipe])
  const readers = [
    () => requireFile(pipe),
    () => collect(decodeAudio(pipe).chunks),
    () => collect(decodeVideo(pipe).frames),
    () => createPredictor().audio(pipe),
  ]
  for (const read of readers) await expectError(read, 'EMO_FILE_MISSING', pipe, 'got a pipe')
})

test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
  'a file without the right to read it',
  async () => {
    chmodSync(file, 0)
    await expectError(() => requireFile(file), 'EMO_FILE_MISSING', 'may not read', 'rights')
    chmodSync(file, 0o600)
  },
)

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { renderPrediction } from '../../src/commands/predict.ts'
import { loadMediaLibrary } from '../../src/encoders/media/media-library.ts'
import { createPredictor, type Predictor } from '../../src/recognisers/predictor.ts'
import { useBackend } from '../../src/tensor/backend.ts'
import { expectError } from '../support/errors.ts'
import { wav } from '../support/wav.ts'

const folder = mkdtempSync(join(tmpdir(), 'emograph-predictor-'))
let predictor: Predictor
beforeAll(async () => {
  await useBackend('auto')
  predictor = createPredictor()
})
afterAll(async () => {
  await predictor.dispose()
  rmSync(folder, { recursive: true })
})

const file = (name: string, bytes: Uint8Array): string => {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}
const second = Float32Array.from({ length: 16_000 }, (_, n) => 0.5 * Math.sin((2 * Math.PI * 200 * n) / 16_000))

test.each([
  ['silence', new Float32Array(16_000)],
  ['nothing but damage', new Float32Array(16_000).fill(Number.NaN)],
])('%s has no emotion', async (_, samples) => {
  const said = await predictor.audio(file('silent.wav', wav([samples], { encoding: 'f32' })))
  expect(said).toMatchObject({ missing: 'the recording is silent' })
  expect(said).not.toHaveProperty('label')
})

test('a recording that is cut off is labelled by what it holds, and says so', async () => {
  const bytes = wav([second], { encoding: 's16' })
  const whole = await predictor.audio(file('whole.wav', bytes))
  expect(whole).not.toHaveProperty('remarks')
  const cut = await predictor.audio(file('cut.wav', bytes.subarray(0, 16_044)))
  expect(cut).toMatchObject({ remarks: ['the file ends early: 500 ms could be read'] })
  expect(cut).toHaveProperty('label')
  expect(renderPrediction(cut)).toContain('the file ends early: 500 ms')
})

test('what is no video is told as that, not as a wrong sound', async () => {
  const there = (await loadMediaLibrary()) !== undefined
  const text = file('text.mp4', Buffer.from('no video at all\n'.repeat(50)))
  await expectError(() => predictor.video(text), there ? 'EMO_VIDEO_FORMAT' : 'EMO_DECODER_UNAVAILABLE')
})

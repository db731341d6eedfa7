import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createAudioEncoder } from '../../src/encoders/audio/audio-encoder.ts'
import { extractAudio } from '../../src/extraction/audio-features.ts'
import { SAMPLE_RATE, speak, waveFile } from '../support/iemocap-sample/speech.ts'

let folder: string
let file: string
const seconds = 3
/** As they come out of the file: 16-bit. */
const channels = [0, 1].map((c) => {
  const talk = speak(
    { speaker: c === 0 ? 'F' : 'M', category: 'exc', text: 'How are you today, my friend? '.repeat(5) },
    () => 0.5,
  )
  return talk.slice(0, seconds * SAMPLE_RATE).map((sample) => Math.round(sample * 32767) / 32768)
})
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emograph-cuts-'))
  file = join(folder, 'talk.wav')
  await writeFile(file, waveFile(channels.map((samples) => samples.map((sample) => (sample * 32768) / 32767))))
})
afterAll(() => rm(folder, { recursive: true }))

it('a cut of a recording gives what its samples alone give, however cuts overlap', async () => {
  const encoder = createAudioEncoder()
  const cut = fc.record({
    file: fc.constantFrom('talk.wav'),
    channel: fc.constantFrom(0, 1),
    fromMs: fc.integer({ min: 0, max: seconds * 1000 }),
    lengthMs: fc.integer({ min: 0, max: 900 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(cut, { minLength: 1, maxLength: 4 }), async (list) => {
      const cuts = list.map(({ channel, fromMs, lengthMs }) => ({ file, channel, fromMs, toMs: fromMs + lengthMs }))
      const extracted = await extractAudio(cuts, encoder)
      cuts.forEach(({ channel, fromMs, toMs }, k) => {
        const alone = encoder.encode(channels[channel]!.slice(fromMs * 16, toMs * 16))
        expect(extracted[k]).toEqual('features' in alone ? { features: alone.features } : { reason: alone.reason })
      })
    }),
    { numRuns: 25 },
  )
})

it('a file that is cut off gives what it holds, and that is told of the cuts that reach its end', async () => {
  const encoder = createAudioEncoder()
  const cut = join(folder, 'cut.wav')
  await writeFile(cut, (await readFile(file)).subarray(0, 44 + 2 * 2 * SAMPLE_RATE))
  const [whole] = await extractAudio([{ file: cut, channel: 0 }], encoder)
  const half = encoder.encode(channels[0]!.slice(0, SAMPLE_RATE)) as { features: Float32Array }
  expect(whole).toEqual({ features: half.features, damaged: true })
  const [early] = await extractAudio([{ file: cut, channel: 0, fromMs: 0, toMs: 500 }], encoder)
  expect(early).not.toHaveProperty('damaged')
})

it('without times the whole file is taken; a file that is not there is a reason', async () => {
  const encoder = createAudioEncoder()
  const missing = { file: join(folder, 'nothing.wav'), channel: 0 }
  const [whole, none] = await extractAudio([{ file, channel: 1 }, missing], encoder)
  expect(whole).toEqual({ features: (encoder.encode(channels[1]!) as { features: Float32Array }).features })
  expect(none).toEqual({ reason: 'the sound cannot be read: EMO_FILE_MISSING' })
})

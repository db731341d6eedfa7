import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as path } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeWhole } from '../../../src/encoders/media/decode-whole.ts'
import { MOONSHINE_BASE } from '../../../src/encoders/speech/manifest.ts'
import { createSpeechRecogniser, type SpeechRecogniser } from '../../../src/encoders/speech/speech-recogniser.ts'
import { expectError } from '../../support/errors.ts'
import { DIGITS, gridSentence } from '../../support/grid-sentence.ts'
import { describeWithShared, SHARED } from '../../support/shared-data.ts'
import { join, noise, sine, steadyVoice } from '../../support/sounds.ts'
import { describeWithSpeechWeights } from '../../support/speech-weights.ts'

describe('weights that are not there, or are others', () => {
  let dir = ''
  beforeAll(async () => {
    dir = await mkdtemp(path(tmpdir(), 'emograph-speech-'))
  })
  afterAll(() => rm(dir, { recursive: true }))

  test('are coded errors that say what to do', async () => {
    await expectError(() => createSpeechRecogniser({ dir }), 'EMO_ENCODER_UNAVAILABLE', 'encoder_model.onnx', 'fetch')
    for (const { name } of MOONSHINE_BASE.files) await writeFile(path(dir, name), 'no model')
    await expectError(
      () => createSpeechRecogniser({ dir }),
      'EMO_ENCODER_UNAVAILABLE',
      'speech recogniser',
      dir,
      'fetch',
    )
  })
})

describeWithSpeechWeights('the real speech recogniser', () => {
  let recogniser: SpeechRecogniser
  beforeAll(async () => {
    recogniser = await createSpeechRecogniser()
  })
  afterAll(() => recogniser.dispose())

  test('has a name, and says nothing of silence and of what is too short', async () => {
    expect(recogniser.name).toBe('moonshine-base:q8')
    for (const sound of [new Float32Array(0), new Float32Array(48_000), noise(0.05, 0.3)])
      expect(await recogniser.transcribe(sound)).toBe('')
  })

  test('says nothing of noise, hum and clicks, and ends on tones and what is no number', async () => {
    const click = new Float32Array(32_000)
    click.fill(1, 8_000, 8_040)
    for (const sound of [noise(3, 0.3), noise(1, 0.01), steadyVoice(120, 2), click])
      expect(await recogniser.transcribe(sound)).toBe('')
    for (const sound of [sine(440, 3, 0.5), sine(2_000, 3, 0.3), noise(3, 0.1).fill(Number.NaN, 5, 6)])
      expect((await recogniser.transcribe(sound)).length).toBeLessThan(150)
  })

  describeWithShared('data/talking_face', 'on clips of one sentence each', () => {
    const folder = path(SHARED, 'data/talking_face')
    let clips: { readonly name: string; readonly samples: Float32Array }[] = []
    beforeAll(async () => {
      const names = (await readdir(folder)).filter((name) => name.endsWith('.mpg')).sort()
      clips = await Promise.all(names.map(async (name) => ({ name, ...(await decodeWhole(path(folder, name))) })))
    })

    test.each([0, 250, 500])(
      'hears most words that the corpus writes into its file names, %i ms of silence around',
      async (ms) => {
        const silence = new Float32Array(ms * 16)
        let heard = 0
        for (const { name, samples } of clips) {
          const words = wordsOf(await recogniser.transcribe(join([silence, samples, silence])))
          heard += gridSentence(name)!
            .split(' ')
            .filter((word) => words.includes(word)).length
        }
        expect(heard / (clips.length * 6)).toBeGreaterThan(0.6)
      },
    )

    test('calls at the same time give what calls one after the other give', async () => {
      const one: string[] = []
      for (const { samples } of clips) one.push(await recogniser.transcribe(samples))
      expect(await Promise.all(clips.map(({ samples }) => recogniser.transcribe(samples)))).toEqual(one)
    })

    test('a sound beyond 30 s is heard to its end', async () => {
      const [first, ...others] = clips.map(({ samples }) => samples)
      const pause = new Float32Array(8_000)
      const long = join([first!, ...Array.from({ length: 3 }, () => [pause, ...others]).flat(), pause, first!])
      expect(long.length / 16_000).toBeGreaterThan(35)
      const words = (await recogniser.transcribe(long)).split(' ')
      const last = (await recogniser.transcribe(first!)).split(' ').at(-1)!
      expect(wordsOf(words.at(-1)!)).toEqual(wordsOf(last))
      expect(words.length).toBeGreaterThan(40)
    })
  })

  test('takes nothing after it was disposed of', async () => {
    const other = await createSpeechRecogniser()
    await other.dispose()
    await expectError(() => other.transcribe(noise(1)), 'EMO_ENCODER_UNAVAILABLE', 'disposed')
  })
})

const wordsOf = (text: string): string[] =>
  (text.toLowerCase().match(/[a-z]+|\d/g) ?? []).map((word) => DIGITS[word] ?? word)

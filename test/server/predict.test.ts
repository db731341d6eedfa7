import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createPredictor, type Predictor } from '../../src/recognisers/predictor.ts'
import { createFakeModel } from '../../src/server/fakes.ts'
import { type EmographServer, type ServerOptions, startServer } from '../../src/server/server.ts'
import { useBackend } from '../../src/tensor/backend.ts'
import { toneWav } from '../support/tone.ts'

const servers: EmographServer[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

const uploads: string[] = []
const said = (modality: 'audio' | 'visual', label: string) => ({
  modality,
  model: 'fake',
  label,
  probabilities: [{ name: label, probability: 1 }],
})
const fake: Predictor = {
  audio: async (file) => {
    uploads.push(file)
    return said('audio', 'calm')
  },
  image: async (_file, options) => said('visual', options?.whole ? 'whole' : 'found'),
  video: async () => [said('audio', 'calm'), said('visual', 'happy')],
  dispose: async () => {},
}

async function post(fields: Record<string, string | Buffer>, options: Partial<ServerOptions> = {}) {
  const settings = { model: createFakeModel(), predictor: fake, port: 0, logLevel: 'silent' as const, ...options }
  const server = await startServer(settings)
  servers.push(server)
  const body = new FormData()
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') body.append(name, value)
    else body.append(name, new Blob([new Uint8Array(value)]), 'x')
  }
  const response = await fetch(`${server.url}/v1/predict`, { method: 'POST', body })
  return { status: response.status, body: await response.json() }
}

const asked = { consent: 'true', purpose: 'a test' }

describe('POST /v1/predict', () => {
  test('answers for each medium that came, and keeps no upload', async () => {
    const media = { audio: Buffer.of(1), image: Buffer.of(2), video: Buffer.of(3), text: 'A sentence.', whole: 'true' }
    const { status, body } = await post({ ...asked, ...media })
    expect(status).toBe(200)
    expect(
      body.predictions.map(({ modality, label }: { modality: string; label: string }) => [modality, label]),
    ).toEqual([
      ['audio', 'calm'],
      ['visual', 'whole'],
      ['audio', 'calm'],
      ['visual', 'happy'],
      ['text', body.predictions[4].label],
    ])
    const total = body.predictions[4].probabilities.reduce(
      (sum: number, each: { probability: number }) => sum + each.probability,
      0,
    )
    expect(total).toBeCloseTo(1, 5)
    expect(uploads).toHaveLength(1)
    expect(existsSync(uploads[0]!)).toBe(false)
    await expect.poll(() => existsSync(dirname(uploads[0]!))).toBe(false)
  })

  test.each([
    ['without consent', { text: 'A sentence.' }, 403, 'EMO_CONSENT_REQUIRED'],
    ['without a purpose', { text: 'A sentence.', consent: 'true' }, 403, 'EMO_CONSENT_REQUIRED'],
    ['with nothing to label', asked, 400, 'EMO_UPLOAD_INVALID'],
    ['with an unknown file', { ...asked, sound: Buffer.of(1) }, 400, 'EMO_UPLOAD_INVALID'],
    ['with an unknown field', { ...asked, text: 'A.', age: '7' }, 400, 'EMO_UPLOAD_INVALID'],
    ['with a blank text', { ...asked, text: ' ' }, 422, 'EMO_UTTERANCE_EMPTY'],
    ['with a long text', { ...asked, text: 'a'.repeat(20_000) }, 413, 'EMO_UPLOAD_TOO_LARGE'],
  ])('%s it is refused', async (_name, fields, status, code) => {
    expect(await post(fields)).toMatchObject({ status, body: { error: { code } } })
  })

  test('refuses a file beyond the limit, and what is no form', async () => {
    const refused = await post({ ...asked, audio: Buffer.alloc(2000) }, { limits: { predictBytes: 1000 } })
    expect(refused).toMatchObject({ status: 413, body: { error: { code: 'EMO_UPLOAD_TOO_LARGE' } } })
    expect(refused.body.error.message).toContain('expected files of at most 1000 bytes, got a longer one')
    const { url } = servers[0]!
    const plain = await fetch(`${url}/v1/predict`, { method: 'POST', body: '{}' })
    expect(await plain.json()).toMatchObject({ error: { code: 'EMO_UPLOAD_INVALID' } })
    const cut = await fetch(`${url}/v1/predict`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      body: '--x\r\nContent-Disposition: form-data; name="audio"; filename="a"\r\n\r\nabc',
    })
    expect(await cut.json()).toMatchObject({ error: { code: 'EMO_UPLOAD_INVALID' } })
    const answers = [
      ['multipart/form-data', 'got no boundary in Content-Type'],
      ['multipart/form-data; boundary=x', 'got a form that ends early'],
    ] as const
    for (const [type, said] of answers) {
      const headers = { 'content-type': type }
      const answer = await fetch(`${url}/v1/predict`, { method: 'POST', headers, body: 'nonsense' })
      expect(await answer.text()).toContain(said)
    }
    const text = await post({ ...asked, audio: 'clip.wav' })
    expect(text.body.error.message).toContain('field audio: expected a file, got a text. Send it as a file')
    const twice = await post({ ...asked, sound: Buffer.of(1) })
    expect(twice.body.error.message).toContain('got a file of another name, or a second one of the same')
  })

  test('refuses what it cannot take at the same time', async () => {
    let release = () => {}
    const waiting = new Promise<void>((resolve) => {
      release = resolve
    })
    let begun = () => {}
    const started = new Promise<void>((resolve) => {
      begun = resolve
    })
    const slow: Predictor = {
      ...fake,
      audio: async () => {
        begun()
        await waiting
        return said('audio', 'calm')
      },
    }
    const first = post({ ...asked, audio: Buffer.of(1) }, { predictor: slow, limits: { predictions: 1 } })
    await started
    const body = new FormData()
    body.append('text', 'A.')
    const second = await fetch(`${servers[0]!.url}/v1/predict`, { method: 'POST', body })
    expect(second.status).toBe(429)
    release()
    expect((await first).status).toBe(200)
  })
})

describe('with the shipped recogniser', () => {
  beforeAll(async () => {
    await useBackend('auto')
  })

  test('a recording is labelled; one too short, and one that is none, say so', async () => {
    const predictor = createPredictor()
    const heard = await post({ ...asked, audio: toneWav(1) }, { predictor })
    expect(heard.status).toBe(200)
    const [prediction] = heard.body.predictions
    expect(prediction).toMatchObject({ modality: 'audio', model: 'emograph-audio-ravdess' })
    expect(prediction.probabilities).toHaveLength(8)
    expect(prediction.label).toBe(prediction.probabilities[0].name)
    const short = await post({ ...asked, audio: toneWav(0.1) }, { predictor })
    expect(short.body.predictions[0]).toMatchObject({ missing: 'the recording is too short' })
    const wrong = await post({ ...asked, audio: Buffer.alloc(300, 7) }, { predictor })
    expect(wrong).toMatchObject({ status: 415, body: { error: { code: 'EMO_AUDIO_FORMAT' } } })
    expect(wrong.body.error.message).not.toContain('emograph-upload')
    await predictor.dispose()
  })
})

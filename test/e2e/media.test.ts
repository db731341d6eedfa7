import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeFeatures } from '../../src/client/encode-features.ts'
import { type Client, connect, type UtteranceLabel } from '../../src/client/index.ts'
import { arrangeColumns } from '../../src/datasets/arrange-columns.ts'
import { createAudioEncoder } from '../../src/encoders/audio/audio-encoder.ts'
import { decodeAudio } from '../../src/encoders/media/decode-audio.ts'
import { decodeVideo } from '../../src/encoders/media/decode-video.ts'
import { decodeImage } from '../../src/encoders/media/image.ts'
import { createFakeSpeechRecogniser } from '../../src/encoders/speech/fake-speech-recogniser.ts'
import { createVisualEncoder } from '../../src/encoders/visual/visual-encoder.ts'
import { loadServedModel } from '../../src/server/load-model.ts'
import type { ServedModel } from '../../src/server/served-model.ts'
import { type EmographServer, startServer } from '../../src/server/server.ts'
import { writeTestCheckpoint } from '../server/test-checkpoint.ts'
import { describeWithShared, SHARED } from '../support/shared-data.ts'
import { join as joined, noise, steadyVoice } from '../support/sounds.ts'

/** Sound and pictures through a real WebSocket, real encoders, a model of random weights. */

let model: ServedModel
let server: EmographServer
let remove: () => Promise<void>
beforeAll(async () => {
  const checkpoint = await writeTestCheckpoint({ media: true })
  remove = checkpoint.remove
  model = await loadServedModel(checkpoint.dir, { backend: 'cpu' })
  server = await startServer({
    model,
    port: 0,
    logLevel: 'silent',
    speech: createFakeSpeechRecogniser(),
    // Everything comes at once here, faster than it can be looked at; no reason to look at less.
    quality: { sampleMs: 3_600_000 },
    limits: { media: { lookMs: 60_000 } },
    mediaDeadlineMs: 60_000,
  })
}, 60_000)
afterAll(async () => {
  await server.close()
  await model.dispose()
  await remove()
})

interface Picture {
  readonly timeMs: number
  readonly jpeg: Uint8Array
}

/** What one participant says and shows, from the start of the conversation. */
interface Stream {
  readonly sound: Int16Array
  readonly pictures: readonly Picture[]
}

interface Said {
  readonly participant: string
  readonly text: string
  readonly start_ms: number
  readonly end_ms: number
}

const meet = async (more: object = {}): Promise<Client> => {
  const client = await connect(server.socketUrl)
  await client.configure({ participants: [{ id: 'ann' }, { id: 'bob' }], consent: true, purpose: 'a test', ...more })
  return client
}

/** Streams everything in frames of 80 ms with the transcripts where they belong; the final labels in order. */
async function streamed(streams: Readonly<Record<string, Stream>>, talk: readonly Said[]): Promise<UtteranceLabel[]> {
  const client = await meet()
  const labels: Promise<UtteranceLabel>[] = []
  for (let ms = 0; ms < 60_000; ms += 80) {
    for (const [participant, { sound, pictures }] of Object.entries(streams)) {
      const samples = sound.subarray(ms * 16, (ms + 80) * 16)
      if (samples.length > 0) client.sendAudio(participant, ms, samples)
      for (const { timeMs, jpeg } of pictures)
        if (timeMs >= ms && timeMs < ms + 80) client.sendImage(participant, timeMs, jpeg)
    }
    for (const said of talk) {
      if (ms === Math.floor((said.start_ms + 600) / 80) * 80 && said.end_ms > ms)
        client.interim({ ...said, text: said.text.slice(0, 9), end_ms: ms })
      if (said.end_ms > ms - 80 && said.end_ms <= ms) labels.push(client.label(said))
    }
    if (labels.length === talk.length) break
    await client.drained()
  }
  const all = await Promise.all(labels)
  await client.close()
  return all
}

/** The same utterances with features that were computed at once, from the whole of each utterance. */
async function precomputed(
  streams: Readonly<Record<string, Stream>>,
  talk: readonly Said[],
): Promise<UtteranceLabel[]> {
  const audio = createAudioEncoder()
  const visual = await createVisualEncoder()
  const client = await meet()
  const labels: UtteranceLabel[] = []
  for (const said of talk) {
    const { sound, pictures } = streams[said.participant]!
    const samples = Float32Array.from(sound.subarray(said.start_ms * 16, said.end_ms * 16), (value) => value / 32_768)
    const own = pictures.filter(({ timeMs }) => timeMs >= said.start_ms && timeMs < said.end_ms)
    const frames = await Promise.all(own.map(async ({ timeMs, jpeg }) => ({ ...(await decodeImage(jpeg)), timeMs })))
    const [heard, seen] = [audio.encode(samples), await visual.encode(frames)]
    const columns = model.featureColumns
    const features = {
      ...('features' in heard && { audio: arrangeColumns(heard.features, audio.columns, columns.audio!) }),
      ...('features' in seen && { visual: arrangeColumns(seen.features, visual.columns, columns.visual!) }),
    }
    labels.push(await client.label({ ...said, features: encodeFeatures(features, ['audio', 'visual']) }))
  }
  await client.close()
  await visual.dispose()
  return labels
}

const outcome = ({ participant, label, probabilities, modalities }: UtteranceLabel) => ({
  ...{ participant, label, probabilities, modalities },
})

const s16 = (sound: Float32Array): Int16Array =>
  Int16Array.from(sound, (sample) => Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))))

describe('made-up sound and pictures', () => {
  test('two participants at once: the labels are those of the whole utterances', async () => {
    const grey = await sharp({ create: { width: 160, height: 120, channels: 3, background: '#888' } })
      .jpeg()
      .toBuffer()
    const pictures = Array.from({ length: 20 }, (_, k) => ({ timeMs: 200 * k, jpeg: grey }))
    const streams = {
      ann: {
        sound: s16(joined([noise(0.4, 0.01), steadyVoice(210, 1.4), noise(0.9, 0.01, 3), steadyVoice(190, 1.3)])),
        pictures,
      },
      bob: { sound: s16(joined([steadyVoice(110, 1.2), noise(1, 0.02, 7), steadyVoice(120, 1.8)])), pictures: [] },
    }
    const talk: Said[] = [
      { participant: 'bob', text: 'Good morning.', start_ms: 13, end_ms: 1_207 },
      { participant: 'ann', text: 'Is it, though?', start_ms: 380, end_ms: 1_811 },
      { participant: 'bob', text: 'It was a moment ago.', start_ms: 2_190, end_ms: 3_600 },
      { participant: 'ann', text: 'Never mind.', start_ms: 2_650, end_ms: 3_640 },
    ]
    const labels = await streamed(streams, talk)
    expect(labels.map(outcome)).toEqual((await precomputed(streams, talk)).map(outcome))
    expect(labels.map(({ modalities }) => modalities)).toEqual(talk.map(() => ['text', 'audio']))
    // The session streams pictures: whose none are, or show nobody, is told so.
    expect(labels.map(({ missing }) => missing?.visual)).toEqual(['no-video', 'no-face', 'no-video', 'no-face'])
  }, 60_000)
})

describeWithShared('data/talking_face', 'a talking face', () => {
  test('words, sound and pictures of one clip: the label is that of the whole', async () => {
    const file = join(SHARED, 'data/talking_face/lbax4n.mpg')
    const chunks: Float32Array[] = []
    for await (const chunk of decodeAudio(file).chunks) chunks.push(chunk)
    const pictures: Picture[] = []
    for await (const { data, width, height, timeMs } of decodeVideo(file, { framesPerSecond: 4 }).frames)
      pictures.push({
        timeMs,
        jpeg: await sharp(data, { raw: { width, height, channels: 3 } })
          .jpeg()
          .toBuffer(),
      })
    const streams = { ann: { sound: s16(joined(chunks)), pictures } }
    const talk: Said[] = [{ participant: 'ann', text: 'Some words.', start_ms: 120, end_ms: 2_700 }]
    const labels = await streamed(streams, talk)
    expect(labels.map(outcome)).toEqual((await precomputed(streams, talk)).map(outcome))
    expect(labels[0]?.modalities).toEqual(['text', 'audio', 'visual'])
  }, 120_000)
})

describeWithShared('data/meeting', 'a call of two', () => {
  test('voice activity cuts the utterances: they do not overlap, and hold what was said', async () => {
    const chunks: Float32Array[] = []
    for await (const chunk of decodeAudio(join(SHARED, 'data/meeting/sample.wav')).chunks) chunks.push(chunk)
    const sound = s16(joined(chunks))
    const client = await meet({ segmentation: 'server', interim_labels: false })
    const labels: UtteranceLabel[] = []
    client.on('utterance.label', (label) => labels.push(label))
    for (let ms = 0; ms * 16 < sound.length; ms += 100) {
      client.sendAudio('bob', ms, sound.subarray(ms * 16, (ms + 100) * 16))
      await client.drained()
    }
    const { utterances } = await client.close()
    expect(utterances).toBe(labels.length)
    expect(labels.length).toBeGreaterThan(1)
    for (const [k, { start_ms, end_ms, participant, modalities, text }] of labels.entries()) {
      expect(participant).toBe('bob')
      expect(modalities).toEqual(['text', 'audio'])
      expect(text).toMatch(/^I spoke for/)
      expect(end_ms - start_ms).toBeLessThan(15_200)
      if (k > 0) expect(start_ms).toBeGreaterThanOrEqual(labels[k - 1]!.end_ms)
    }
    const spoken = annotated(Math.floor(sound.length / 160))
    const inside = spoken.map((_, k) =>
      labels.some((each) => each.start_ms <= k * 10 && k * 10 < each.end_ms) ? 1 : 0,
    )
    const both = spoken.reduce((sum, value, k) => sum + value * inside[k]!, 0)
    const count = (values: Uint8Array): number => values.reduce((sum, value) => sum + value, 0)
    expect(both / count(spoken)).toBeGreaterThan(0.9)
    expect(both / count(inside)).toBeGreaterThan(0.8)
  }, 120_000)

  /** Which hundredths of a second are speech, by the annotation. */
  function annotated(length: number): Uint8Array {
    const frames = new Uint8Array(length)
    for (const line of readFileSync(join(SHARED, 'data/meeting/sample.rttm'), 'utf8').split('\n')) {
      const [, , , start, duration] = line.split(/\s+/)
      if (start === undefined) continue
      frames.fill(1, Math.round(Number(start) * 100), Math.round((Number(start) + Number(duration)) * 100))
    }
    return frames
  }
})

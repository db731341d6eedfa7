import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { playConversation } from '../../src/client/play.ts'
import type { Conversation, Features } from '../../src/conversation/conversation.ts'
import { LABEL_SETS } from '../../src/conversation/label-sets.ts'
import { MODES } from '../../src/conversation/mode.ts'
import { createFakeTextEncoder } from '../../src/encoders/text/fake-text-encoder.ts'
import { type Checkpoint, loadCheckpoint } from '../../src/model/checkpoint.ts'
import { createCorect } from '../../src/model/corect.ts'
import { prepareConversation } from '../../src/model/prepare.ts'
import { loadServedModel } from '../../src/server/load-model.ts'
import type { ServedModel } from '../../src/server/served-model.ts'
import { type EmographServer, startServer } from '../../src/server/server.ts'
import { argMax } from '../../src/training/metrics.ts'
import { predictConversations } from '../../src/training/predict.ts'
import { createRng } from '../../src/training/rng.ts'
import { writeTestCheckpoint } from '../server/test-checkpoint.ts'

/** What a server labels through a WebSocket is what the batch form labels: the ground under every replayed figure. */

const encoder = createFakeTextEncoder({ size: 384 })
let checkpoint: Checkpoint
let model: ServedModel
let server: EmographServer
let removeCheckpoint: () => Promise<void>

beforeAll(async () => {
  const { dir, remove } = await writeTestCheckpoint()
  removeCheckpoint = remove
  checkpoint = await loadCheckpoint(dir)
  model = await loadServedModel(dir, { backend: 'cpu', textEncoder: encoder })
  server = await startServer({ model, port: 0, logLevel: 'silent' })
})
afterAll(async () => {
  await server.close()
  await model.dispose()
  await removeCheckpoint()
})

function madeUpConversation(seed: number, length: number): Conversation {
  const rng = createRng(seed)
  const audio = (): Float32Array =>
    Float32Array.from({ length: 66 }, () => (rng.uniform() < 0.02 ? Number.NaN : 4 * rng.uniform() - 2))
  return {
    id: `made-up-${seed}`,
    labelSet: 'iemocap6',
    utterances: Array.from({ length }, (_, i) => {
      const withAudio = rng.uniform() < 0.7
      return {
        id: `u${i}`,
        speaker: rng.uniform() < 0.5 ? 'a' : 'b',
        startMs: 100 * i,
        endMs: 100 * i + 90,
        ...((!withAudio || rng.uniform() < 0.8) && { text: `words ${seed} ${i}` }),
        label: null,
        features: withAudio ? { audio: audio() } : {},
      }
    }),
  }
}

async function batchProbabilities(conversation: Conversation, mode: 'live' | 'offline'): Promise<Float32Array> {
  const utterances = []
  for (const utterance of conversation.utterances) {
    const features: Features = { ...utterance.features }
    if (utterance.text !== undefined) features.text = (await encoder.encode([utterance.text]))[0]!
    utterances.push({ ...utterance, features })
  }
  const { model: config, normalisation, weights } = checkpoint
  const corect = createCorect(config, { weights })
  const prepared = prepareConversation({ ...conversation, utterances }, { ...config, normalisation })
  const [probabilities] = predictConversations(corect, [prepared], mode)
  corect.dispose()
  return probabilities!
}

describe.each(MODES)('%s', (mode) => {
  test.each([1, 2, 7, 20])('a conversation of %i utterances', async (length) => {
    const conversation = madeUpConversation(length, length)
    const { utterances } = await playConversation(server.socketUrl, conversation, {
      mode,
      speed: Number.POSITIVE_INFINITY,
      sendFeatures: ['audio'],
      purpose: 'a test',
    })
    const expected = await batchProbabilities(conversation, mode)
    const labels = LABEL_SETS.iemocap6
    expect(utterances.map(({ label }) => label)).toEqual(
      utterances.map((_, i) => labels[argMax(expected, i * labels.length, labels.length)]),
    )
    // Offline, a revision below the server's threshold is not sent: the client's numbers may be that much behind.
    const tolerance = mode === 'live' ? 1e-5 : 5.01e-3
    for (const [i, { probabilities }] of utterances.entries())
      for (const [c, probability] of probabilities.entries())
        expect(Math.abs(probability - expected[i * labels.length + c]!)).toBeLessThanOrEqual(tolerance)
  })
})

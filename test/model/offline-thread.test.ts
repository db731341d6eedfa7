import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Mode } from '../../src/conversation/mode.ts'
import { parseCorectConfig } from '../../src/model/config.ts'
import { createOfflineThread, type OfflineThread } from '../../src/model/offline-thread.ts'
import { createStreamingModel, type StreamingModel } from '../../src/model/streaming.ts'
import { useBackend } from '../../src/tensor/backend.ts'
import { randomModel, randomVector } from './streaming-cases.ts'

const CONFIG = parseCorectConfig({
  modalities: ['text', 'audio'],
  featureSizes: { text: 8, audio: 5 },
  labelSet: 'iemocap4',
  hidden: 4,
  graphHeads: 2,
  maxHistory: 4,
  textEncoderHeads: 2,
  textEncoderFeedForward: 16,
})

let thread: OfflineThread
let streaming: StreamingModel
let dispose = () => {}

beforeAll(async () => {
  const { name } = await useBackend()
  const { model, normalisation } = randomModel({ config: CONFIG, seed: 7 })
  thread = createOfflineThread({ config: CONFIG, backend: name, weights: model.exportWeights() }, { idleMs: 200 })
  streaming = createStreamingModel({ model, normalisation })
  dispose = () => model.dispose()
})

afterAll(async () => {
  await thread.dispose()
  dispose()
})

const utterance = (i: number, seed: number, conversation: number) => ({
  id: `u${i}`,
  speaker: `speaker ${i % 2}`,
  features: {
    ...(seed % 3 > 0 && { text: randomVector(8, seed) }),
    ...(seed % 3 < 2 && { audio: randomVector(5, seed + conversation) }),
  },
})

test('conversations that are labelled at once, in either mode, get bit for bit what each gets alone on this thread', async () => {
  const turns = fc.array(fc.tuple(fc.nat(1_000), fc.constantFrom<Mode>('offline', 'offline', 'live')), {
    minLength: 1,
    maxLength: 8,
  })
  await fc.assert(
    fc.asyncProperty(turns, turns, async (one, other) => {
      await Promise.all(
        [one, other].map(async (turns, conversation) => {
          const here = streaming.createLabeller({ mode: 'offline' })
          const there = streaming.createDeferredLabeller({ mode: 'offline', offline: thread.compute })
          for (const [i, [seed, mode]] of turns.entries()) {
            expect(await there.setMode(mode)).toEqual(here.setMode(mode))
            const input = utterance(i, seed, conversation)
            const labels = there.add(input)
            // While it is computed somebody else speaks.
            const next = utterance(i + 1, seed + 1, conversation)
            const preview = there.preview(next)
            expect(await labels).toEqual(here.add(input))
            expect(preview).toEqual(here.preview(next))
            expect(there.labels()).toEqual(here.labels())
            expect([there.mode, there.length]).toEqual([mode, i + 1])
          }
          here.dispose()
          there.dispose()
        }),
      )
    }),
    { numRuns: 15 },
  )
})

test('ends when nobody asks for a while, and starts again', async () => {
  const labeller = streaming.createDeferredLabeller({ mode: 'offline', offline: thread.compute })
  await labeller.add(utterance(0, 1, 0))
  expect(thread.running).toBe(true)
  await expect.poll(() => thread.running).toBe(false)
  thread.start()
  expect(thread.running).toBe(true)
  await expect.poll(() => thread.running, { timeout: 10_000 }).toBe(false)
  expect(await labeller.add(utterance(1, 2, 0))).not.toEqual([])
})

test('a failure is told to whoever asked, and to nobody else', async () => {
  const broken = thread.compute({
    id: 'c',
    length: 1,
    features: { text: new Float32Array(300) },
    present: { text: Uint8Array.of(1) },
    speakers: new Int32Array(1),
    labels: new Int32Array(1),
  })
  const labeller = streaming.createDeferredLabeller({ mode: 'offline', offline: thread.compute })
  const labels = labeller.add(utterance(0, 1, 0))
  await expect(broken).rejects.toThrow('the offline thread failed')
  expect(await labels).toHaveLength(1)
})

test('a conversation that is disposed meanwhile gives nothing more', async () => {
  const labeller = streaming.createDeferredLabeller({ mode: 'live', offline: thread.compute })
  await labeller.add(utterance(0, 1, 0))
  const labels = labeller.setMode('offline')
  labeller.dispose()
  expect(await labels).toEqual([])
  await expect(labeller.add(utterance(1, 1, 0))).rejects.toThrow('disposed')
})

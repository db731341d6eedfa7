/**
 * What an offline label costs, and whom: one utterance added to an offline conversation of 50, 300 and 600 utterances,
 * computed by a thread of its own (as the server does) and by the thread that asks. For how long the event loop of the
 * asking thread stands still is what every other conversation of a server waits.
 *
 *   npm run bench:offline -- [--model DIR] [--samples 15]
 */
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { loadCheckpoint } from '../src/model/checkpoint.ts'
import { createCorect } from '../src/model/corect.ts'
import { createOfflineThread } from '../src/model/offline-thread.ts'
import { type ConversationLabeller, createStreamingModel } from '../src/model/streaming.ts'
import { startLoadSampler } from '../src/server/load-sampler.ts'
import { useBackend } from '../src/tensor/backend.ts'
import { createRng } from '../src/training/rng.ts'

const LENGTHS = [50, 300, 600]
/** Short, so that the memory after the thread's end can be printed. */
const IDLE_MS = 1_000

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/emograph-iemocap6' },
    samples: { type: 'string', default: '15' },
  },
})

const { name } = await useBackend()
const { model: config, weights, normalisation } = await loadCheckpoint(flags.model)
const model = createCorect(config, { weights })
const streaming = createStreamingModel({ model, normalisation })
const thread = createOfflineThread({ config, backend: name, weights }, { idleMs: IDLE_MS })
const random = createRng(1)

const utterance = (i: number) => ({
  id: `u${i}`,
  speaker: `speaker ${i % 2}`,
  features: Object.fromEntries(
    config.modalities.map((m) => [
      m,
      Float32Array.from({ length: config.featureSizes[m]! }, () => random.uniform() - 0.5),
    ]),
  ),
})

/** Milliseconds of each `add`, and by how much the event loop was late at most. */
async function measure(labeller: ConversationLabeller<unknown>, length: number) {
  for (let i = 0; i < length; i++) await labeller.add(utterance(i))
  await labeller.setMode('offline')
  const lags: number[] = []
  const stop = startLoadSampler({ everyMs: 50, queueAgeMs: () => 0, onSample: ({ lagMs }) => lags.push(lagMs) })
  const times: number[] = []
  for (let i = length; i < length + Number(flags.samples); i++) {
    const began = performance.now()
    await labeller.add(utterance(i))
    times.push(performance.now() - began)
    await wait(60)
  }
  stop()
  labeller.dispose()
  times.sort((a, b) => a - b)
  return { p50: times[times.length >> 1]!, worst: times.at(-1)!, lag: Math.max(0, ...lags) }
}

const memory = (): string => `${Math.round(process.memoryUsage().rss / 2 ** 20)} MB`

console.log(`One utterance of an offline conversation. ${flags.model}, backend ${name}.`)
console.log(`Memory at the start ${memory()}.`)
console.log('computed by      length   p50 ms  worst ms  loop late ms')
for (const where of ['its own thread', 'this thread'] as const) {
  for (const length of LENGTHS) {
    const labeller =
      where === 'this thread'
        ? streaming.createLabeller({ mode: 'live' })
        : streaming.createDeferredLabeller({ mode: 'live', offline: thread.compute })
    const { p50, worst, lag } = await measure(labeller, length)
    const cells = [p50, worst, lag].map((ms) => ms.toFixed(0).padStart(8))
    console.log(`${where.padEnd(15)}  ${String(length).padStart(6)} ${cells.join('  ')}`)
  }
  console.log(`Memory with ${where}: ${memory()}.`)
  await wait(IDLE_MS * 2)
  console.log(`Memory ${(IDLE_MS * 2) / 1000} s later: ${memory()}.`)
}
model.dispose()
await thread.dispose()

/**
 * Latency of one utterance in live mode at conversation lengths 10, 100 and 1,000: what ConversationLabeller.add takes
 * with given features (checking and normalising them, the whole model, its caches, reading the probabilities), and the
 * same with MiniLM encoding the words first. Not in it: the network and the server (`emograph replay` measures those).
 *
 *   npm run bench:stream -- [--model DIR] [--reference] [--samples 40] [--backend auto] [--no-text] [--json]
 *
 * The model is that of --model, the shipped one when left away; --reference takes random weights of the published model's
 * size instead (text 768, audio 100, visual 512).
 */
import { parseArgs } from 'node:util'
import { createTextEncoder, type TextEncoder } from '../src/encoders/text/text-encoder.ts'
import { loadCheckpoint } from '../src/model/checkpoint.ts'
import { type CorectConfig, featureSize, parseCorectConfig } from '../src/model/config.ts'
import { createCorect } from '../src/model/corect.ts'
import { createStreamingModel, type LabellerSource, type StreamingModel } from '../src/model/streaming.ts'
import { BACKENDS, useBackend } from '../src/tensor/backend.ts'
import { createRng, type Rng } from '../src/training/rng.ts'

const LENGTHS = [10, 100, 1000]
/** Issue 2's bounds on the median, ms. */
const BOUNDS = { features: 10, text: 25 } as const
const WARM_UP = 20

const WORDS =
  'well I really did not think that you would come back so soon after everything that happened last night but here we are'

/** What one utterance took, ms: on the clock, and of the processors. */
interface Sample {
  readonly clock: number
  readonly cpu: number
}

interface Row {
  readonly length: number
  readonly kind: keyof typeof BOUNDS
  readonly p50Ms: number
  readonly p95Ms: number
  /** Median of the processor time: on a busy machine p50 counts the others' work too. */
  readonly cpuP50Ms: number
  readonly boundMs: number
  readonly samples: number
}

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/emograph-iemocap6' },
    reference: { type: 'boolean', default: false },
    samples: { type: 'string', default: '40' },
    backend: { type: 'string', default: 'auto' },
    'no-text': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})

const backend = await useBackend([...BACKENDS, 'auto' as const].find((name) => name === flags.backend) ?? 'auto')
const { source, description } = await openModel()
const { config } = source.model
const encoder = flags['no-text'] ? undefined : await fittingEncoder(config)
const streaming = createStreamingModel(source)

const rows: Row[] = []
await measure(streaming, 10, WARM_UP) // compiles, and packs the weights
for (const length of LENGTHS) {
  rows.push(summary(length, 'features', await measure(streaming, length, Number(flags.samples))))
  if (encoder) rows.push(summary(length, 'text', await measure(streaming, length, Number(flags.samples), encoder)))
}
await encoder?.dispose()

console.log(`One utterance, live mode. ${description}; backend ${backend.name}.`)
console.log('length  given      p50 ms   p95 ms  cpu p50  bound on p50')
for (const { length, kind, p50Ms, p95Ms, cpuP50Ms, boundMs } of rows) {
  const times = [p50Ms, p95Ms, cpuP50Ms].map((ms) => ms.toFixed(2).padStart(7))
  const cells = [String(length).padStart(6), kind.padEnd(9), ...times]
  console.log(`${cells.join('  ')}  ${String(boundMs).padStart(12)}${p50Ms > boundMs ? '  over' : ''}`)
}
if (!encoder) console.log('Without text encoding: the model takes no text of the size of the shipped encoder.')
if (flags.json) console.log(JSON.stringify({ bench: 'stream', model: description, backend: backend.name, rows }))

/**
 * Milliseconds of each of `samples` utterances, the conversation being about `length` long: one labeller is filled to
 * that length, half of the samples before it and half after. Words, when there is an encoder, are new in every sample.
 */
async function measure(
  model: StreamingModel,
  length: number,
  samples: number,
  encoder?: TextEncoder,
): Promise<Sample[]> {
  const rng = createRng(length)
  const times: Sample[] = []
  // A short conversation does not stay short: it is begun anew after every few samples.
  const perConversation = Math.max(1, Math.min(samples, Math.round(length / 5)))
  while (times.length < samples) {
    const labeller = model.createLabeller({ mode: 'live' })
    const before = length - Math.ceil(perConversation / 2)
    for (let i = 0; i < before + perConversation && times.length < samples; i++) {
      const features = randomFeatures(config, rng)
      const words = WORDS.split(' ')
      const text = Array.from({ length: 12 }, () => words[rng.integer(words.length)]).join(' ')
      const measured = i >= before
      const cpu = process.cpuUsage()
      const start = performance.now()
      if (encoder && measured) features.text = (await encoder.encode([text]))[0]!
      labeller.add({ id: `u${i}`, speaker: `speaker ${i % 2}`, features })
      if (!measured) continue
      const clock = performance.now() - start
      const { user, system } = process.cpuUsage(cpu)
      times.push({ clock, cpu: (user + system) / 1000 })
    }
    labeller.dispose()
  }
  return times
}

function summary(length: number, kind: Row['kind'], samples: readonly Sample[]): Row {
  const percentile = (of: keyof Sample, share: number): number => {
    const sorted = samples.map((sample) => sample[of]).sort((a, b) => a - b)
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
  }
  return {
    length,
    kind,
    p50Ms: percentile('clock', 0.5),
    p95Ms: percentile('clock', 0.95),
    cpuP50Ms: percentile('cpu', 0.5),
    boundMs: BOUNDS[kind],
    samples: samples.length,
  }
}

function randomFeatures({ modalities, featureSizes }: CorectConfig, rng: Rng): Record<string, Float32Array> {
  const vector = (size: number) => Float32Array.from({ length: size }, () => 2 * rng.uniform() - 1)
  return Object.fromEntries(modalities.map((modality) => [modality, vector(featureSizes[modality]!)]))
}

/** MiniLM, when the model takes its vectors. */
async function fittingEncoder(config: CorectConfig): Promise<TextEncoder | undefined> {
  if (!config.modalities.includes('text')) return undefined
  const encoder = await createTextEncoder()
  if (encoder.size === featureSize(config, 'text')) return encoder
  await encoder.dispose()
  return undefined
}

async function openModel(): Promise<{ source: LabellerSource; description: string }> {
  if (!flags.reference) {
    const { name, model, weights, normalisation } = await loadCheckpoint(flags.model)
    const description = `Checkpoint ${name}, ${sizes(model)}`
    return { source: { model: createCorect(model, { weights }), normalisation }, description }
  }
  const config = parseCorectConfig({
    modalities: ['text', 'audio', 'visual'],
    featureSizes: { text: 768, audio: 100, visual: 512 },
    labelSet: 'iemocap6',
  })
  const model = createCorect(config, { seed: 1 })
  return { source: { model, normalisation: {} }, description: `Random weights, ${sizes(config)}` }
}

function sizes(config: CorectConfig): string {
  const features = config.modalities.map((modality) => `${modality} ${config.featureSizes[modality]}`)
  return `${features.join(', ')}, hidden ${config.hidden}, history ${config.maxHistory}`
}

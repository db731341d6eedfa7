/**
 * Seconds a training step and peak memory at the size of the published model: ten conversations of 30 to 80 utterances,
 * text 768, audio 100, visual 512, hidden 100 (17.7 million parameters). Random features; time does not depend on them.
 *
 *   npm run bench:train -- [--steps 7] [--threads 1,2] [--json]
 *
 * Each thread count runs in its own process, so that its peak memory is its own.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { parseCorectConfig } from '../src/model/config.ts'
import { createStepRunner } from '../src/training/step.ts'
import { randomConversation } from '../test/training/random-conversation.ts'

/** Issue 2's bounds. */
const BOUNDS = { seconds: { 1: 4.5, 2: 2.8 }, peakGigabytes: 3 } as const

interface Measurement {
  readonly threads: number
  readonly steps: number
  readonly medianSeconds: number
  readonly minSeconds: number
  readonly maxSeconds: number
  /** Of all threads together: what a step costs however busy the machine is. */
  readonly medianCpuSeconds: number
  readonly peakGigabytes: number
  readonly utterances: number
  readonly parameters: number
}

const { values: flags } = parseArgs({
  options: {
    steps: { type: 'string', default: '7' },
    threads: { type: 'string', default: '1,2' },
    json: { type: 'boolean', default: false },
    measure: { type: 'boolean', default: false },
  },
})

if (flags.measure) {
  console.log(JSON.stringify(await measure(Number(flags.threads) === 2 ? 2 : 1, Number(flags.steps))))
} else {
  const results = flags.threads.split(',').map((threads) => measureInProcess(threads, flags.steps))
  print(results)
  if (flags.json) console.log(JSON.stringify({ bench: 'train', bounds: BOUNDS, results }))
}

function measureInProcess(threads: string, steps: string): Measurement {
  const args = ['--measure', '--threads', threads, '--steps', steps]
  const child = spawnSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (child.status !== 0) throw new Error(`the measurement with ${threads} threads ended with ${child.status}`)
  return JSON.parse(child.stdout.trim().split('\n').at(-1)!) as Measurement
}

async function measure(threads: 1 | 2, steps: number): Promise<Measurement> {
  const featureSizes = { text: 768, audio: 100, visual: 512 }
  const config = parseCorectConfig({ modalities: ['text', 'audio', 'visual'], featureSizes, labelSet: 'iemocap6' })
  const optimiser = { kind: 'adamw', weightDecay: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const
  const runner = await createStepRunner({ config, optimiser, threads, backend: 'wasm' })
  // Lengths spread evenly over 30 … 80, the same in every step: what varies is the machine.
  const batch = Array.from({ length: 10 }, (_, i) => randomConversation(featureSizes, 30 + Math.round((i * 50) / 9), i))
  const options = { labelSmoothing: 0.1, modalityDropout: 0, learningRate: 3e-4, clipNorm: 1 }
  const seconds: number[] = []
  const cpuSeconds: number[] = []
  for (let step = -1; step < steps; step++) {
    const start = performance.now()
    const cpuStart = process.cpuUsage()
    await runner.step(batch, { ...options, mode: 'offline', seed: step + 1 })
    if (step < 0) continue // the first step compiles and grows the heap
    const cpu = process.cpuUsage(cpuStart)
    seconds.push((performance.now() - start) / 1000)
    cpuSeconds.push((cpu.user + cpu.system) / 1e6)
  }
  const weights = await runner.getWeights()
  await runner.dispose()
  for (const values of [seconds, cpuSeconds]) values.sort((a, b) => a - b)
  return {
    threads,
    steps,
    medianSeconds: seconds[Math.floor(seconds.length / 2)]!,
    minSeconds: seconds[0]!,
    maxSeconds: seconds.at(-1)!,
    medianCpuSeconds: cpuSeconds[Math.floor(cpuSeconds.length / 2)]!,
    peakGigabytes: (process.resourceUsage().maxRSS * 1024) / 1e9,
    utterances: batch.reduce((sum, { length }) => sum + length, 0),
    parameters: [...weights.values()].reduce((sum, { length }) => sum + length, 0),
  }
}

function print(results: readonly Measurement[]): void {
  const { utterances, parameters } = results[0]!
  console.log(
    `Training step: 10 conversations, ${utterances} utterances, ${(parameters / 1e6).toFixed(1)} M parameters`,
  )
  console.log('threads  median s  (min … max)      bound s   CPU s  peak GB  bound GB')
  for (const { threads, medianSeconds, minSeconds, maxSeconds, medianCpuSeconds, peakGigabytes } of results) {
    const range = `(${minSeconds.toFixed(2)} … ${maxSeconds.toFixed(2)})`
    const bound = BOUNDS.seconds[threads === 2 ? 2 : 1].toFixed(1)
    console.log(
      `${String(threads).padStart(7)}  ${medianSeconds.toFixed(2).padStart(8)}  ${range.padEnd(15)}  ${bound.padStart(7)}  ${medianCpuSeconds.toFixed(2).padStart(6)}  ` +
        `${peakGigabytes.toFixed(2).padStart(7)}  ${BOUNDS.peakGigabytes.toFixed(1).padStart(8)}`,
    )
  }
}

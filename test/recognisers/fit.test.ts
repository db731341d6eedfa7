import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recogniserConfigSchema } from '../../src/recognisers/config.ts'
import { fitNetwork, type TrainingExample } from '../../src/recognisers/fit.ts'
import { accuracyOf, type Judged } from '../../src/recognisers/judge.ts'
import { createNetwork } from '../../src/recognisers/networks/create-network.ts'
import { useBackend } from '../../src/tensor/backend.ts'
import { createRng } from '../../src/training/rng.ts'
import { openRunLog } from '../../src/training/run-log.ts'
import type { RunState } from '../../src/training/run-state.ts'

let folder: string
beforeAll(async () => {
  await useBackend('auto')
  folder = await mkdtemp(join(tmpdir(), 'emograph-fit-'))
})
afterAll(() => rm(folder, { recursive: true }))

const rng = createRng(11)
const silent = { step: () => {}, epoch: () => {}, stop: () => {} }

/** What tells the classes apart, for each kind of network. */
const TASKS = {
  // The sign of the first number.
  perceptron: (label: number) =>
    Float32Array.from({ length: 6 }, (_, k) => rng.uniform() + (k === 0 ? 2 * label - 1.5 : 0)),
  // Whether the sequence rises or falls: nothing that a mean could tell.
  lstm: (label: number) => {
    const length = 8 + rng.integer(8)
    return Float32Array.from(
      { length },
      (_, t) => (label === 0 ? 1 : -1) * (2 * (t / (length - 1)) - 1) + 0.2 * rng.uniform(),
    )
  },
  // A bright bar, lying or standing.
  cbam: (label: number) => {
    const place = rng.integer(8)
    return Float32Array.from(
      { length: 64 },
      (_, k) => ((label === 0 ? k % 8 : k >> 3) === place ? 2 : 0) + 0.2 * rng.uniform(),
    )
  },
} as const

const KINDS = {
  perceptron: { network: { kind: 'perceptron', hidden: [8], dropout: 0.1 }, width: 6, epochs: 15 },
  lstm: { network: { kind: 'lstm', hidden: 8, dropout: 0.1 }, width: 1, epochs: 25 },
  cbam: { network: { kind: 'cbam', side: 8, channels: [6, 8], dropout: 0.1 }, width: 1, epochs: 15 },
} as const

function parts(kind: keyof typeof KINDS, saved: RunState[]) {
  const { network, width, epochs } = KINDS[kind]
  const config = recogniserConfigSchema.parse({
    task: kind === 'cbam' ? 'face' : 'audio',
    data: { path: 'x' },
    network,
    epochs,
    batchSize: 16,
    optimiser: { learningRate: 0.02 },
  })
  const make = (count: number): Judged[] =>
    Array.from({ length: count }, (_, k) => ({ label: k % 2, input: TASKS[kind](k % 2) }))
  const train: TrainingExample[] = make(64).map(({ label, input }) => ({ label, forms: [input] }))
  return {
    ...{ config, seed: 3, train, val: make(64), width, progress: silent, run: 'test', classWeights: undefined },
    network: () => createNetwork(config.network, { width, classes: 2 }, { seed: 3 }),
    save: async (state: RunState) => {
      saved.push(state)
    },
  }
}

describe('fitNetwork', () => {
  it.each(['perceptron', 'lstm', 'cbam'] as const)('teaches a %s what only it needs to see', async (kind) => {
    const { network: create, ...rest } = parts(kind, [])
    const network = create()
    const before = accuracyOf(network, rest.val)
    await fitNetwork({ ...rest, network, log: await openRunLog(join(folder, kind)) })
    const after = accuracyOf(network, rest.val)
    expect(before).toBeLessThan(0.8)
    expect(after).toBeGreaterThan(0.9)
    network.dispose()
  })

  it.each(['perceptron', 'cbam'] as const)('a resumed %s ends with the weights of an undisturbed one', async (kind) => {
    const states: RunState[] = []
    const { network: create, ...rest } = parts(kind, states)
    const first = create()
    const whole = await fitNetwork({ ...rest, network: first, log: await openRunLog(join(folder, `${kind}-a`)) })
    const stopped = states[4]!
    const second = create()
    const resumed = await fitNetwork(
      { ...rest, network: second, log: await openRunLog(join(folder, `${kind}-b`)) },
      stopped,
    )
    expect(resumed.weights).toEqual(whole.weights)
    expect(resumed.kept).toEqual(whole.kept)
    first.dispose()
    second.dispose()
  })
})

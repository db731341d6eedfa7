import * as tf from '@tensorflow/tfjs'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { createConversationGraph } from '../../src/graph/conversation-graph.ts'
import { type Batch, makeBatch } from '../../src/model/batch.ts'
import {
  backwardEdges,
  backwardMessages,
  type CheckedModel,
  checkCausality,
  logitGradients,
} from '../../src/model/causality.ts'
import { prefix, randomConversation, withFuture } from '../../src/model/causality-cases.ts'
import type { Corect } from '../../src/model/corect.ts'
import { useBackend } from '../../src/tensor/backend.ts'
import { livelyModel, smallConfig, smallConfigs } from './support.ts'

beforeAll(async () => {
  await useBackend('cpu')
})

const OPTIONS = { lengths: [1, 6, 9], seed: 3 }

const failed = (model: CheckedModel): string[] =>
  checkCausality(model, OPTIONS)
    .checks.filter(({ passed }) => !passed)
    .map(({ check }) => check)

describe('checkCausality', () => {
  it('passes for any sizes, windows and modalities', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(smallConfigs, lengths, fc.nat(1e6), (config, all, seed) => {
        const model = livelyModel(config, seed)
        const report = checkCausality(model, { lengths: all, seed })
        model.dispose()
        expect(report.checks.filter(({ passed }) => !passed)).toEqual([])
        expect(report.passed).toBe(true)
      }),
      { numRuns: 12 },
    )
  })

  it('is about something: an utterance does depend on its past, and offline on its future', () => {
    const model = livelyModel(smallConfig(), 1)
    const conversation = randomConversation(model.config, 6, 1)
    const gradients = logitGradients(model, conversation, 4)
    for (const modality of model.config.modalities) {
      const early = gradients[modality]!.subarray(0, gradients[modality]!.length / 2)
      expect(Math.max(...early.map(Math.abs)), modality).toBeGreaterThan(1e-4)
    }
    expect(failed(offlineForLive(model)).length).toBeGreaterThan(0)
  })
})

/** Models with one fault each: the check has to see it. */
describe('checkCausality on a broken model', () => {
  const model = () => livelyModel(smallConfig(), 2)

  it('sees an edge from a later utterance in the graph', () => {
    // Live layers that are handed the messages and the attention of later utterances.
    const broken = faulty(model(), (batch) => ({
      ...batch,
      graph(mode) {
        const [live, offline] = [batch.graph('live'), batch.graph('offline')]
        if (mode === 'offline') return offline
        const { mean } = offline.temporal.find(({ kind }) => kind === 'later')!
        return { ...live, temporal: [{ kind: 'earlier', mean }], attention: offline.attention }
      },
    }))
    expect(failed(broken)).toEqual(
      expect.arrayContaining(['future replaced by noise', 'prefix alone', 'gradient at later inputs']),
    )
  })

  it('sees attention that looks ahead', () => {
    const checks = failed(offlineForLive(model()))
    expect(checks).toEqual(expect.arrayContaining(['future replaced by shuffle', 'gradient at later inputs']))
  })

  it('sees a label that leaks from the batch', () => {
    const good = model()
    const broken: CheckedModel = {
      config: good.config,
      forward: (batch, options) => {
        const { logits } = good.forward(batch, options)
        return { logits: tf.tidy(() => logits.add(logits.mean([0, 1], true).mul(1e-3))) }
      },
    }
    expect(failed(broken)).toEqual(
      expect.arrayContaining(['padding and batch-mates, live', 'padding and batch-mates, offline']),
    )
  })

  it('sees padding taken for utterances', () => {
    const broken = faulty(model(), (batch) => ({
      ...batch,
      present: Object.fromEntries(Object.entries(batch.present).map(([m, there]) => [m, tf.onesLike(there)])),
    }))
    expect(failed(broken)).toContain('padding and batch-mates, offline')
  })

  it('sees NaN', () => {
    const good = model()
    const broken: CheckedModel = {
      config: good.config,
      forward: (batch, options) => ({ logits: good.forward(batch, options).logits.mul(Number.NaN) }),
    }
    expect(failed(broken).length).toBeGreaterThan(4)
  })
})

describe('edges back in time', () => {
  it('are none live, and counted offline', () => {
    const { modalities, past, future } = smallConfig()
    for (const mode of ['live', 'offline'] as const) {
      const graph = createConversationGraph({ modalities, past, future, mode })
      for (let i = 0; i < 4; i++) graph.add(modalities)
      const batch = makeBatch([randomConversation(smallConfig(), 4, 1)], smallConfig())
      const counts = [backwardEdges(graph), backwardMessages(batch.graph(mode))]
      batch.dispose()
      if (mode === 'live') expect(counts).toEqual([0, 0])
      else for (const count of counts) expect(count).toBeGreaterThan(0)
    }
  })
})

describe('the cases', () => {
  it('keep the past and change the future', () => {
    const config = smallConfig()
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 8 }), fc.nat(), fc.nat(), (length, cut, seed) => {
        const whole = randomConversation(config, length, seed)
        const last = cut % (length - 1)
        for (const kind of ['noise', 'zeros', 'shuffle'] as const) {
          expect(prefix(withFuture(whole, last, kind, seed), last)).toEqual(prefix(whole, last))
        }
        const future = (values: Float32Array) => values.subarray((last + 1) * 4)
        const other = withFuture(whole, last, 'noise', seed)
        expect(future(other.features.text!)).not.toEqual(future(whole.features.text!))
      }),
    )
  })

  it('never leave an utterance without any modality', () => {
    const { present } = randomConversation(smallConfig(), 200, 5)
    const counts = Array.from(present.text!, (there, i) => there + present.audio![i]! + present.visual![i]!)
    expect(Math.min(...counts)).toBe(1)
    expect(Math.max(...counts)).toBe(3)
  })
})

/** The model with the batch changed before it sees it. */
function faulty(model: Corect, change: (batch: Batch) => Batch): CheckedModel {
  return { config: model.config, forward: (batch, options) => model.forward(change(batch), options) }
}

/** A model that takes live for offline. */
function offlineForLive(model: Corect): CheckedModel {
  return { config: model.config, forward: (batch, options) => model.forward(batch, { ...options, mode: 'offline' }) }
}

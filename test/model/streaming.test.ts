import * as tf from '@tensorflow/tfjs'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { isEmographError } from '../../src/errors.ts'
import { createConversationGraph, nodeKey } from '../../src/graph/conversation-graph.ts'
import { coreModalities, parseCorectConfig } from '../../src/model/config.ts'
import {
  type ConversationLabeller,
  createLabeller,
  createStreamingModel,
  type UtteranceProbabilities,
} from '../../src/model/streaming.ts'
import { REVISION_EPSILON } from '../../src/model/streaming-conversation.ts'
import { useBackend } from '../../src/tensor/backend.ts'
import {
  batchProbabilities,
  largestDifference,
  randomModel,
  randomVector,
  type StreamCase,
  streamCases,
} from './streaming-cases.ts'

beforeAll(async () => {
  await useBackend()
})

const rows = (labels: readonly UtteranceProbabilities[]) => labels.map(({ probabilities }) => probabilities)

/** What a client that follows a labeller believes: the newest probabilities it was told for every utterance. */
function follow(told: Map<string, Float32Array>, labels: readonly UtteranceProbabilities[]): void {
  for (const { utteranceId, probabilities } of labels) told.set(utteranceId, probabilities)
}

/** A streaming model for a case, freed afterwards; fails when the test leaves a tensor behind. */
function withModel(given: Pick<StreamCase, 'config' | 'seed'>, run: (of: ReturnType<typeof open>) => void): void {
  const before = tf.memory().numTensors
  const opened = open(given)
  try {
    run(opened)
  } finally {
    opened.model.dispose()
  }
  expect(tf.memory().numTensors).toBe(before)
}

function open(given: Pick<StreamCase, 'config' | 'seed'>) {
  const source = randomModel(given)
  return { ...source, streaming: createStreamingModel(source) }
}

describe('live', () => {
  test('each label equals the batch form over the whole conversation, whatever the sizes, windows and gaps', () => {
    fc.assert(
      fc.property(streamCases(14), (given) => {
        withModel(given, ({ model, normalisation, streaming }) => {
          const labeller = streaming.createLabeller({ mode: 'live' })
          const streamed = given.inputs.map((input) => {
            const labels = labeller.add(input)
            expect(labels.map(({ utteranceId }) => utteranceId)).toEqual([input.id])
            expect(labels[0]!.modalities).toEqual(given.config.modalities.filter((m) => input.features[m]))
            return labels[0]!.probabilities
          })
          const batch = batchProbabilities(model, normalisation, given.inputs, 'live')
          expect(largestDifference(streamed, batch)).toBeLessThan(1e-5)
          expect(largestDifference(rows(labeller.labels()), batch.slice(-labeller.labels().length))).toBeLessThan(1e-5)
          labeller.dispose()
        })
      }),
      { numRuns: 40 },
    )
  })
})

describe('offline', () => {
  test('after every utterance what a client was told is the batch form of the conversation so far', () => {
    fc.assert(
      fc.property(streamCases(9), (given) => {
        withModel(given, ({ model, normalisation, streaming }) => {
          const labeller = streaming.createLabeller({ mode: 'offline' })
          const told = new Map<string, Float32Array>()
          given.inputs.forEach((input, i) => {
            const labels = labeller.add(input)
            expect(labels[0]!.utteranceId).toBe(input.id)
            for (const { utteranceId, probabilities } of labels.slice(1)) {
              expect(largestDifference([told.get(utteranceId)!], [probabilities])).toBeGreaterThan(REVISION_EPSILON)
            }
            follow(told, labels)
            const batch = batchProbabilities(model, normalisation, given.inputs.slice(0, i + 1), 'offline')
            expect(largestDifference([...told.values()], batch)).toBeLessThan(1e-5)
          })
          labeller.dispose()
        })
      }),
      { numRuns: 25 },
    )
  })

  test('what a new utterance cannot reach is not revised, and a conversation beyond the limit is still exact', () => {
    const config = parseCorectConfig({ ...SMALL, modalities: ['audio'], past: 1, future: 1 })
    withModel({ config, seed: 5 }, ({ model, normalisation, streaming }) => {
      expect(streaming.historyLimit).toBe(5)
      const labeller = streaming.createLabeller({ mode: 'offline' })
      const inputs = Array.from({ length: 12 }, (_, i) => utterance(i, ['audio']))
      const told = new Map<string, Float32Array>()
      inputs.forEach((input, i) => {
        const labels = labeller.add(input)
        // Two graph convolutions of one later utterance each.
        expect(labels.slice(1).every(({ utteranceId }) => Number(utteranceId.slice(1)) >= i - 2)).toBe(true)
        follow(told, labels)
      })
      expect(
        largestDifference([...told.values()], batchProbabilities(model, normalisation, inputs, 'offline')),
      ).toBeLessThan(1e-5)
      labeller.dispose()
    })
  })
})

describe('switching the mode', () => {
  test('to offline revises the whole conversation; to live labels what follows as if it had always been live', () => {
    fc.assert(
      fc.property(streamCases(9), fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }), (given, switches) => {
        withModel(given, ({ model, normalisation, streaming }) => {
          const limit = streaming.historyLimit
          const inputs = given.inputs.slice(0, limit)
          const labeller = streaming.createLabeller({ mode: 'live' })
          const live = batchProbabilities(model, normalisation, inputs, 'live')
          const told = new Map<string, Float32Array>()
          inputs.forEach((input, i) => {
            const mode = switches[i] ? 'offline' : 'live'
            const revisions = labeller.setMode(mode)
            if (mode === 'live') expect(revisions).toEqual([])
            follow(told, revisions)
            expect(labeller.mode).toBe(mode)
            if (mode === 'offline' && i > 0) {
              const before = batchProbabilities(model, normalisation, inputs.slice(0, i), 'offline')
              expect(largestDifference([...told.values()], before)).toBeLessThan(1e-5)
            }
            const labels = labeller.add(input)
            follow(told, labels)
            if (mode === 'live') expect(largestDifference(rows(labels), [live[i]!])).toBeLessThan(1e-5)
          })
          labeller.dispose()
        })
      }),
      { numRuns: 25 },
    )
  })

  test('a mode that is set already changes nothing', () => {
    withModel({ config: parseCorectConfig(SMALL), seed: 2 }, ({ streaming }) => {
      const labeller = streaming.createLabeller({ mode: 'offline' })
      expect(labeller.setMode('live')).toEqual([])
      expect(labeller.setMode('offline')).toEqual([])
      labeller.add(utterance(0, ['text']))
      expect(labeller.setMode('offline')).toEqual([])
      labeller.dispose()
    })
  })
})

describe('preview', () => {
  test('is the live label that follows, and any number of them, in any mode, changes nothing later by a bit', () => {
    const other = fc.record({ speaker: fc.nat(4), seed: fc.nat(1_000), slot: fc.nat(2) })
    const tries = fc.array(fc.array(other, { maxLength: 3 }), { minLength: 14, maxLength: 14 })
    const modes = fc.array(fc.constantFrom('live', 'live', 'offline'), { minLength: 14, maxLength: 14 })
    fc.assert(
      fc.property(streamCases(14), tries, modes, (given, tries, modes) => {
        withModel(given, ({ streaming }) => {
          const [previewed, undisturbed] = [0, 1].map(() => streaming.createLabeller({ mode: 'live' })) as [
            ConversationLabeller,
            ConversationLabeller,
          ]
          given.inputs.forEach((input, i) => {
            expect(previewed.setMode(modes[i]!)).toEqual(undisturbed.setMode(modes[i]!))
            for (const { speaker, seed, slot } of tries[i]!) {
              const m = given.config.modalities[slot % given.config.modalities.length]!
              const features = { [m]: randomVector(given.config.featureSizes[m]!, seed) }
              previewed.preview({ id: 'next', speaker: `speaker ${speaker}`, features })
            }
            const preview = previewed.preview(input)
            expect(previewed.length).toBe(i)
            const labels = previewed.add(input)
            expect(labels).toEqual(undisturbed.add(input))
            if (modes[i] === 'live') expect([preview]).toEqual(labels)
            expect(previewed.explain(input.id)).toEqual(undisturbed.explain(input.id))
          })
          previewed.dispose()
          undisturbed.dispose()
        })
      }),
      { numRuns: 30 },
    )
  })

  test('refuses what add refuses', () => {
    withModel({ config: parseCorectConfig(SMALL), seed: 6 }, ({ streaming }) => {
      const labeller = streaming.createLabeller({ mode: 'live' })
      labeller.add(utterance(0, ['text']))
      for (const bad of [
        utterance(0, ['text']),
        { ...utterance(1, ['text']), features: {} },
        { ...utterance(1, ['text']), features: { text: new Float32Array(3) } },
      ]) {
        const codes = (['preview', 'add'] as const).map((call) => codeOf(() => labeller[call](bad)))
        expect(codes[0]).toMatch(/^EMO_/)
        expect(codes[0]).toBe(codes[1])
      }
      labeller.dispose()
      expect(() => labeller.preview(utterance(1, ['text']))).toThrow('disposed')
    })
  })
})

describe('many at once', () => {
  test('conversations that take turns do not touch each other, and dispose frees every tensor', () => {
    fc.assert(
      fc.property(streamCases(6), streamCases(6), fc.infiniteStream(fc.boolean()), (one, other, turns) => {
        withModel(one, ({ streaming }) => {
          const alone = [one.inputs, other.inputs].map((inputs) => {
            const labeller = streaming.createLabeller({ mode: 'live' })
            const labels = inputs.map((input) => labelled(labeller, input, one))
            labeller.dispose()
            return labels
          })
          const labellers = [0, 1].map(() => streaming.createLabeller({ mode: 'live' }))
          const together: (readonly number[])[][] = [[], []]
          const queues = [[...one.inputs], [...other.inputs]]
          for (const pick of turns) {
            const k = queues[0]!.length === 0 ? 1 : queues[1]!.length === 0 ? 0 : Number(pick)
            const input = queues[k]!.shift()
            if (input === undefined) break
            together[k]!.push(labelled(labellers[k]!, input, one))
          }
          expect(together).toEqual(alone)
          for (const labeller of labellers) labeller.dispose()
        })
      }),
      { numRuns: 20 },
    )
  })

  test('a labeller made by itself holds no tensor and can be disposed twice', () => {
    const before = tf.memory().numTensors
    const { model, normalisation } = randomModel({ config: parseCorectConfig(SMALL), seed: 3 })
    const labeller = createLabeller({ model, normalisation }, { mode: 'offline' })
    labeller.add(utterance(0, ['text', 'audio']))
    expect(labeller.mode).toBe('offline')
    expect(labeller.length).toBe(1)
    labeller.dispose()
    labeller.dispose()
    model.dispose()
    expect(tf.memory().numTensors).toBe(before)
    expect(() => labeller.add(utterance(1, ['text']))).toThrow('disposed')
  })
})

test('a live label is explained by the edges of the graph, an offline one is not', () => {
  fc.assert(
    fc.property(streamCases(10), (given) => {
      withModel(given, ({ streaming }) => {
        const labeller = streaming.createLabeller({ mode: 'live' })
        const graph = createConversationGraph({ ...given.config, mode: 'live' })
        for (const { id, ...input } of given.inputs) {
          labeller.add({ id, ...input })
          const utterance = graph.add(coreModalities(given.config).filter((m) => input.features[m]))
          const edges = labeller.explain(id) ?? []
          const expected = coreModalities(given.config).flatMap((m) =>
            graph.graph.hasNode(nodeKey(m, utterance))
              ? graph.graph.mapInEdges(
                  nodeKey(m, utterance),
                  (_key, _edge, _s, _t, source) => `${source.modality} u${source.utterance} > ${m}`,
                )
              : [],
          )
          const actual = edges.map(({ source, target }) => `${source.modality} ${source.utteranceId} > ${target}`)
          if (labeller.length <= streaming.historyLimit) expect(actual.sort()).toEqual(expected.sort())
          for (const m of new Set(edges.map(({ target }) => target))) {
            const shares = edges.filter(({ target }) => target === m).map(({ share }) => share)
            expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 5)
          }
        }
        expect(labeller.explain('nobody')).toBeUndefined()
        const revised = labeller.setMode('offline')
        for (const { utteranceId } of revised) expect(labeller.explain(utteranceId)).toBeUndefined()
        labeller.dispose()
      })
    }),
    { numRuns: 25 },
  )
})

test('an utterance that is refused leaves the conversation as it was', () => {
  withModel({ config: parseCorectConfig(SMALL), seed: 4 }, ({ model, normalisation, streaming }) => {
    const labeller = streaming.createLabeller({ mode: 'live' })
    const good = [utterance(0, ['text', 'audio']), utterance(1, ['audio'])]
    labeller.add(good[0]!)
    const refuse = (input: Parameters<typeof labeller.add>[0], code: string) => {
      expect(() => labeller.add(input)).toThrow(
        expect.toSatisfy((error) => isEmographError(error) && error.code === code),
      )
    }
    refuse({ ...good[1]!, id: 'u0' }, 'EMO_CONVERSATION_INVALID')
    refuse({ ...good[1]!, speaker: 'a stranger', features: {} }, 'EMO_FEATURE_MISSING')
    refuse({ ...good[1]!, features: { text: new Float32Array(3) } }, 'EMO_FEATURE_SIZE')
    const [label] = labeller.add(good[1]!)
    expect(
      largestDifference([label!.probabilities], batchProbabilities(model, normalisation, good, 'live').slice(1)),
    ).toBeLessThan(1e-5)
    labeller.dispose()
  })
})

function codeOf(run: () => unknown): string | undefined {
  try {
    run()
  } catch (error) {
    if (isEmographError(error)) return error.code
  }
  return undefined
}

const SIZES = { text: 8, audio: 5 }
const SMALL = {
  modalities: ['text', 'audio'],
  featureSizes: SIZES,
  labelSet: 'iemocap4',
  hidden: 4,
  graphHeads: 2,
  textEncoderHeads: 2,
  textEncoderFeedForward: 16,
}

function utterance(i: number, modalities: readonly (keyof typeof SIZES)[]) {
  const features = Object.fromEntries(modalities.map((m) => [m, randomVector(SIZES[m], 100 + i)]))
  return { id: `u${i}`, speaker: `speaker ${i % 2}`, features }
}

/** The label of an utterance cut to the modalities and sizes of another case's model. */
function labelled(
  labeller: ReturnType<ReturnType<typeof createStreamingModel>['createLabeller']>,
  input: StreamCase['inputs'][number],
  { config }: StreamCase,
): readonly number[] {
  const own = Object.entries(input.features).filter(([m]) => config.modalities.includes(m as 'text'))
  const first = config.modalities[0]!
  const spare = [[first, randomVector(config.featureSizes[first]!, 9)]] as const
  const features = Object.fromEntries(own.length > 0 ? own : spare)
  return Array.from(labeller.add({ ...input, features })[0]!.probabilities)
}

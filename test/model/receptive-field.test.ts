import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { receptiveField } from '../../src/model/receptive-field.ts'
import { useBackend } from '../../src/tensor/backend.ts'
import { batchProbabilities, randomModel, randomVector, streamCases } from './streaming-cases.ts'

beforeAll(async () => {
  await useBackend()
})

test('another utterance changes offline labels within the field only', () => {
  fc.assert(
    fc.property(streamCases(12), fc.nat(), (given, pick) => {
      const { model, normalisation } = randomModel({ ...given, config: { ...given.config, speakerViews: [] } })
      const changed = pick % given.inputs.length
      const features = Object.fromEntries(
        Object.entries(given.inputs[changed]!.features).map(([m, x]) => [m, randomVector(x.length, pick + 1)]),
      )
      const inputs = given.inputs.map((input, i) => (i === changed ? { ...input, features } : input))
      const before = batchProbabilities(model, normalisation, given.inputs, 'offline')
      const after = batchProbabilities(model, normalisation, inputs, 'offline')
      const { back, forward } = receptiveField(given.config)
      before.forEach((row, i) => {
        if (changed - i <= forward && i - changed <= back) return
        row.forEach((value, c) => {
          expect(Math.abs(value - after[i]![c]!)).toBeLessThan(1e-6)
        })
      })
      model.dispose()
    }),
    { numRuns: 25 },
  )
})

test('counts hops: projections, graph, cross-modal, memory', () => {
  const sizes = { past: 4, future: 11, maxHistory: 5, textEncoderLayers: 2, selfAttentionLayers: 3 } as const
  const of = (modalities: ('text' | 'audio')[]) => receptiveField({ ...sizes, modalities })
  expect(of(['audio'])).toEqual({ back: 8, forward: 22 })
  expect(of(['text'])).toEqual({ back: 16, forward: 30 })
  expect(of(['text', 'audio'])).toEqual({ back: 24, forward: 30 })
})

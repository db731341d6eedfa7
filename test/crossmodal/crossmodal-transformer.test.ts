import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { attentionMask, attentionReach } from '../../src/crossmodal/attention-mask.ts'
import { crossmodalTransformer, crossmodalTransformerParameters } from '../../src/crossmodal/crossmodal-transformer.ts'
import { createDropout } from '../../src/crossmodal/dropout.ts'
import { useBackend } from '../../src/tensor/backend.ts'
import * as reference from './reference.ts'
import { largestDifference, randomFlags, randomTensor, randomWeights, rows } from './support.ts'

beforeAll(async () => {
  await useBackend('cpu')
})

describe('crossmodalTransformer', () => {
  it('equals plain loops, across modalities and as self-attention', () => {
    fc.assert(
      fc.property(
        fc.record({
          batch: fc.integer({ min: 1, max: 2 }),
          length: fc.integer({ min: 1, max: 5 }),
          heads: fc.integer({ min: 1, max: 2 }),
          layers: fc.integer({ min: 0, max: 3 }),
          self: fc.boolean(),
          seed: fc.nat(),
        }),
        ({ batch, length, heads, layers, self, seed }) => {
          const width = 2 * heads
          const { weights, values } = randomWeights(crossmodalTransformerParameters(width, layers), seed)
          const x = randomTensor([batch, length, width], seed + 1)
          const keys = self ? undefined : randomTensor([batch, length, width], seed + 2)
          const flags = randomFlags(batch, length, seed)
          const there = flags.arraySync()
          const mask = attentionMask(flags, attentionReach(length, 'live', length))
          const ours = crossmodalTransformer(x, keys, mask, weights, { heads, layers }).arraySync()
          const theirs = ours.map((_, b) => {
            const sees = (i: number, j: number) => j <= i && there[b]![j] === 1
            const others = keys === undefined ? undefined : rows(keys, b)
            return reference.crossmodalTransformer(rows(x, b), others, sees, values, { heads, layers })
          })
          expect(largestDifference(ours, theirs)).toBeLessThan(2e-3) // layer norm magnifies rows of near-equal numbers
        },
      ),
      { numRuns: 40 },
    )
  })

  it('drops at each of its four places', () => {
    const { weights } = randomWeights(crossmodalTransformerParameters(4, 1), 1)
    const [x, keys] = [randomTensor([1, 4, 4], 2), randomTensor([1, 4, 4], 3)]
    const mask = attentionMask(randomFlags(1, 4, 1), attentionReach(4, 'offline', 4))
    const run = (rates: Partial<Record<'embedding' | 'attention' | 'relu' | 'residual', number>>) =>
      crossmodalTransformer(x, keys, mask, weights, {
        heads: 2,
        layers: 1,
        rates: { embedding: 0, attention: 0, relu: 0, residual: 0, ...rates, dropout: createDropout(7) },
      }).dataSync()
    const plain = run({})
    for (const place of ['embedding', 'attention', 'relu', 'residual'] as const) {
      expect(run({ [place]: 0.5 }), place).not.toEqual(plain)
      expect(run({ [place]: 0.5 }), place).toEqual(run({ [place]: 0.5 }))
    }
  })
})

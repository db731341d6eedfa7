import * as tf from '@tensorflow/tfjs'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { attentionMask, attentionReach, relativePositions } from '../../src/crossmodal/attention-mask.ts'
import { attentionParameters, multiHeadAttention } from '../../src/crossmodal/multi-head-attention.ts'
import { useBackend } from '../../src/tensor/backend.ts'
import * as reference from './reference.ts'
import { largestDifference, randomFlags, randomTensor, randomWeights, rows } from './support.ts'

beforeAll(async () => {
  await useBackend('cpu')
})

describe('multiHeadAttention', () => {
  it('equals plain loops for any sizes, masks and reach', () => {
    fc.assert(
      fc.property(
        fc.record({
          batch: fc.integer({ min: 1, max: 3 }),
          length: fc.integer({ min: 1, max: 7 }),
          heads: fc.integer({ min: 1, max: 3 }),
          size: fc.integer({ min: 1, max: 3 }),
          history: fc.integer({ min: 1, max: 8 }),
          mode: fc.constantFrom('live' as const, 'offline' as const),
          biased: fc.boolean(),
          seed: fc.nat(),
        }),
        ({ batch, length, heads, size, history, mode, biased, seed }) => {
          const width = heads * size
          const { weights, values } = randomWeights(
            attentionParameters(width, { biasedHeads: biased ? heads : undefined }),
            seed,
          )
          const speakers = Array.from({ length: batch }, (_, b) =>
            Array.from({ length }, (_, i) => ((seed % 97) * (i + b + 1)) % 3),
          )
          const [query, keys] = [1, 2].map((k) => randomTensor([batch, length, width], seed + k))
          const flags = randomFlags(batch, length, seed)
          const there = flags.arraySync()
          const relative = biased ? relativePositions(tf.tensor2d(speakers, [batch, length], 'int32')) : undefined
          const mask = attentionMask(flags, attentionReach(length, mode, history), relative)
          const ours = multiHeadAttention(query!, keys!, mask, weights, { heads }).arraySync()
          const theirs = ours.map((_, b) => {
            const sees = (i: number, j: number) =>
              there[b]![j] === 1 && Math.abs(i - j) < history && (mode === 'offline' || j <= i)
            return reference.attention(
              rows(query!, b),
              rows(keys!, b),
              sees,
              values,
              heads,
              biased ? speakers[b] : undefined,
            )
          })
          expect(largestDifference(ours, theirs)).toBeLessThan(1e-4)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('gives a query that sees nothing the output bias, with finite gradients', () => {
    const { weights, values } = randomWeights(attentionParameters(4), 1)
    const x = randomTensor([1, 3, 4], 2)
    const mask = attentionMask(tf.zeros([1, 3]), attentionReach(3, 'live', 3))
    const run = (input: tf.Tensor) => multiHeadAttention(input as tf.Tensor3D, x, mask, weights, { heads: 2 })
    for (const row of run(x).arraySync()[0]!) expect(row).toEqual(Array.from(values('output.bias').data))
    expect(Array.from(tf.grad(run)(x).dataSync())).toEqual(new Array(12).fill(0))
  })

  it('lets no gradient through a mask', () => {
    const { weights } = randomWeights(attentionParameters(4), 3)
    const keys = randomTensor([1, 5, 4], 4)
    const query = randomTensor([1, 5, 4], 5)
    const mask = attentionMask(tf.ones([1, 5]), attentionReach(5, 'live', 3))
    const gradient = tf.grad((input) =>
      multiHeadAttention(query, input as tf.Tensor3D, mask, weights, { heads: 2 }).slice([0, 3, 0], [1, 1, 4]),
    )(keys)
    const reached = (gradient.arraySync() as number[][][])[0]!.map((row) => row.some((value) => value !== 0))
    expect(reached).toEqual([false, true, true, true, false]) // utterances 1 to 3: three back from 3, none later
  })
})

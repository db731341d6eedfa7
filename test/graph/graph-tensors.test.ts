import * as tf from '@tensorflow/tfjs'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { createConversationGraph } from '../../src/graph/conversation-graph.ts'
import { createEdgeSource, edgeList } from '../../src/graph/edge-list.ts'
import { type GraphTensors, graphTensors, heldTensors, shiftModalities } from '../../src/graph/graph-tensors.ts'
import { cases, longest, presentOf, speakersOf } from './reference.ts'

beforeAll(async () => {
  await tf.setBackend('cpu')
})

const numbers = (graph: GraphTensors): number[][] => heldTensors(graph).map((tensor) => Array.from(tensor.dataSync()))

test("the edges of a complete conversation and the presence give what the conversation's own graph gives", () => {
  fc.assert(
    fc.property(cases, fc.nat(5), (given, longer) => {
      const length = longest(given)
      const options = { ...given, live: given.mode === 'live', length }
      const complete = createEdgeSource(given)(length + longer)
      const parts = given.presence.map((_, b) => ({ present: presentOf(given, b), speakers: speakersOf(given, b) }))
      const fromComplete = graphTensors(
        parts.map((part) => ({ ...part, edges: complete })),
        options,
      )
      const fromOwn = graphTensors(
        parts.map((part, b) => {
          const own = createConversationGraph(given)
          for (const [i, flags] of given.presence[b]!.entries()) {
            own.add(
              given.modalities.filter((_, m) => flags[m]),
              part.speakers[i]!,
            )
          }
          return { ...part, edges: edgeList(own) }
        }),
        options,
      )
      expect(numbers(fromComplete)).toEqual(numbers(fromOwn))
      fromComplete.dispose()
      fromOwn.dispose()
    }),
  )
})

test('every row of means sums to one or has no edge; no tensor is of more than four axes', () => {
  fc.assert(
    fc.property(cases, (given) => {
      const edges = createEdgeSource(given)(longest(given))
      const parts = given.presence.map((_, b) => ({
        edges,
        present: presentOf(given, b),
        speakers: speakersOf(given, b),
      }))
      const graph = graphTensors(parts, { ...given, live: given.mode === 'live', length: longest(given) })
      for (const { mean } of graph.temporal) {
        for (const row of mean.arraySync().flat()) {
          const sum = row.reduce((total, share) => total + share, 0)
          expect(Math.abs(sum * (1 - sum))).toBeLessThan(1e-5)
        }
      }
      for (const tensor of heldTensors(graph)) expect(tensor.rank).toBeLessThanOrEqual(4)
      graph.dispose()
    }),
  )
})

test('padding and batch-mates change nothing', () => {
  fc.assert(
    fc.property(cases, (given) => {
      const { modalities } = given
      const [M, B, N] = [modalities.length, given.presence.length, longest(given)]
      const options = { ...given, live: given.mode === 'live' }
      const edges = createEdgeSource(given)(N)
      const part = (b: number) => ({ edges, present: presentOf(given, b), speakers: speakersOf(given, b) })
      const together = graphTensors(
        given.presence.map((_, b) => part(b)),
        { ...options, length: N },
      )
      given.presence.forEach((conversation, b) => {
        const n = conversation.length
        const alone = graphTensors([part(b)], { ...options, length: n })
        alone.temporal.forEach(({ mean }, k) => {
          const whole = together.temporal[k]!.mean.arraySync()
          mean.arraySync().forEach((rows, m) => {
            expect(whole[m * B + b]!.slice(0, n).map((row) => row.slice(0, n))).toEqual(rows)
          })
        })
        const attention = together.attention.arraySync()
        alone.attention.arraySync().forEach(([rows], m) => {
          expect(attention[m * B + b]![0]!.slice(0, n).map((row) => row.slice(0, n))).toEqual(rows)
        })
        const nodes = together.nodes.arraySync()
        for (let m = 0; m < M; m++) expect(nodes[m * B + b]!.slice(n).flat()).toEqual(Array(N - n).fill(0))
        alone.dispose()
      })
      together.dispose()
    }),
    { numRuns: 50 },
  )
})

test('a shift of modalities puts row (m + shift, b) at (m, b)', () => {
  tf.tidy(() => {
    const x = tf.tensor2d([[0], [1], [2], [3], [4], [5]]) // three modalities of two conversations
    expect(shiftModalities(x, 1, 2).arraySync().flat()).toEqual([2, 3, 4, 5, 0, 1])
    expect(shiftModalities(x, 2, 2).arraySync().flat()).toEqual([4, 5, 0, 1, 2, 3])
  })
})

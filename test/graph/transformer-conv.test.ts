import * as tf from '@tensorflow/tfjs'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { createEdgeSource } from '../../src/graph/edge-list.ts'
import { graphTensors } from '../../src/graph/graph-tensors.ts'
import {
  attendEdges,
  keysAndValues,
  type TransformerConvWeights,
  transformerConv,
} from '../../src/graph/transformer-conv.ts'
import { type Case, cases, difference, longest, nodeRow, overNodes, plainEdges, presentOf } from './reference.ts'

beforeAll(async () => {
  await tf.setBackend('cpu')
})

/** x'_i = W_1 x_i + ‖_h Σ_j α^h_ij W^h_v x_j, edge by edge and head by head. */
function plainTransformerConv(x: tf.Tensor3D, given: Case, w: TransformerConvWeights, heads: number): tf.Tensor3D {
  const edges = plainEdges(given)
  const apply = (row: tf.Tensor2D, part: keyof TransformerConvWeights) =>
    tf.add<tf.Tensor2D>(tf.matMul(row, w[part].kernel), w[part].bias)
  const size = w.query.bias.shape[0] / heads
  return overNodes(given, size * heads, (node) => {
    const sources = edges.filter(({ target }) => target[0] === node[0] && target[1] === node[1])
    const parts = Array.from({ length: heads }, (_, h) => {
      const head = (row: tf.Tensor2D) => tf.slice(row, [0, h * size], [1, size])
      const query = head(apply(nodeRow(x, node), 'query'))
      const keys = tf.concat(sources.map(({ source }) => head(apply(nodeRow(x, source), 'key'))))
      const values = tf.concat(sources.map(({ source }) => head(apply(nodeRow(x, source), 'value'))))
      const alpha = tf.softmax(tf.div(tf.matMul(query, keys, false, true), Math.sqrt(size)))
      return tf.matMul(alpha, values)
    })
    return tf.add(apply(nodeRow(x, node), 'skip'), tf.concat(parts, 1))
  })
}

const NAMES = ['query', 'key', 'value', 'skip'] as const

function weightsOf(tensors: readonly tf.Tensor[]): TransformerConvWeights {
  return Object.fromEntries(
    NAMES.map((name, i) => [name, { kernel: tensors[2 * i], bias: tensors[2 * i + 1] }]),
  ) as unknown as TransformerConvWeights
}

const randomWeights = (into: number, out: number, seed: number): tf.Tensor[] =>
  NAMES.flatMap((_, i) => [
    tf.randomNormal([into, out], 0, 1, 'float32', seed + 2 * i),
    tf.randomNormal([out], 0, 1, 'float32', seed + 2 * i + 1),
  ])

test('equals the edge-list loop, values and gradients, over sizes, windows, modalities, missing nodes and modes', () => {
  const sizes = fc.record({
    into: fc.integer({ min: 1, max: 4 }),
    size: fc.constantFrom(1, 3),
    heads: fc.constantFrom(1, 2),
  })
  fc.assert(
    fc.property(cases, sizes, (given, { into, size, heads }) => {
      const { modalities, mode, presence, seed } = given
      const M = modalities.length
      const before = tf.memory().numTensors
      tf.tidy(() => {
        const x = tf.randomNormal([M * presence.length, longest(given), into], 0, 1, 'float32', seed)
        const edges = createEdgeSource(given)(longest(given))
        const parts = presence.map((_, b) => ({ edges, present: presentOf(given, b) }))
        const graph = graphTensors(parts, { modalities, live: mode === 'live', length: longest(given) })
        const inputs = [x, ...randomWeights(into, size * heads, seed + 1)]
        const blocked = (x: tf.Tensor, ...w: tf.Tensor[]) =>
          transformerConv(x as tf.Tensor3D, graph, weightsOf(w), { heads })
        const plain = (x: tf.Tensor, ...w: tf.Tensor[]) =>
          plainTransformerConv(x as tf.Tensor3D, given, weightsOf(w), heads)

        const expected = plain(inputs[0]!, ...inputs.slice(1))
        expect(difference(blocked(inputs[0]!, ...inputs.slice(1)), expected)).toBeLessThan(2e-5)
        const direction = tf.randomNormal(expected.shape, 0, 1, 'float32', seed + 20)
        const actual = tf.grads(blocked)(inputs, direction)
        const wanted = tf.grads(plain)(inputs, direction)
        actual.forEach((gradient, i) => {
          expect(difference(gradient, wanted[i]!)).toBeLessThan(1e-4)
        })
        graph.dispose()
      })
      expect(tf.memory().numTensors).toBe(before)
    }),
    { numRuns: 40 },
  )
})

test('attention is over the edges alone and sums to one', () => {
  fc.assert(
    fc.property(cases, (given) => {
      const { modalities, mode, presence, seed } = given
      const M = modalities.length
      const B = presence.length
      const N = longest(given)
      tf.tidy(() => {
        const edges = createEdgeSource(given)(N)
        const parts = presence.map((_, b) => ({ edges, present: presentOf(given, b) }))
        const graph = graphTensors(parts, { modalities, live: mode === 'live', length: N })
        const x = tf.randomNormal([M * B, N, 4], 0, 1, 'float32', seed) as tf.Tensor3D
        const sources = keysAndValues(x, weightsOf(randomWeights(4, 4, seed)))
        const alpha = attendEdges(x, sources, graph, 2).attention.arraySync()
        const list = plainEdges(given)
        const expected = new Set(
          list.map(({ source, target }) => {
            const [m, n] = [Math.floor(target[0] / B), Math.floor(source[0] / B)]
            const column = m === n ? source[1] : N + ((n - m + M) % M) - 1
            return `${target[0]} ${target[1]} ${column}`
          }),
        )
        alpha.forEach((heads, row) => {
          for (const head of heads) {
            head.forEach((columns, i) => {
              if (!presence[row % B]![i]?.[Math.floor(row / B)]) return
              expect(columns.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5)
              columns.forEach((share, column) => {
                expect(share > 0).toBe(expected.has(`${row} ${i} ${column}`))
              })
            })
          }
        })
      })
    }),
    { numRuns: 30 },
  )
})

test('a target range gives the rows of the whole, also from known keys and values', () => {
  tf.tidy(() => {
    const modalities = ['text', 'visual'] as const
    const edges = createEdgeSource({ modalities, past: 3, future: 2, mode: 'offline' })(9)
    const present = { text: [1, 1, 1, 0, 1, 1, 1, 1, 1], visual: [1, 0, 1, 1, 0, 1, 1, 0, 1] }
    const weights = weightsOf(randomWeights(4, 6, 3))
    const x = tf.randomNormal([2, 9, 4]) as tf.Tensor3D
    const options = { modalities, live: false, length: 9 }
    const whole = transformerConv(x, graphTensors([{ edges, present }], options), weights, { heads: 2 })
    const range = { sources: { from: 1, length: 7 }, targets: { from: 4, length: 2 } }
    const graph = graphTensors([{ edges, present }], { ...options, ...range })
    const window = tf.slice(x, [0, 1, 0], [2, 7, 4])
    const part = transformerConv(window, graph, weights, { heads: 2 })
    expect(difference(part, tf.slice(whole, [0, 4, 0], [2, 2, 6]))).toBeLessThan(1e-5)
    const sources = keysAndValues(window, weights)
    const cached = transformerConv(tf.slice(x, [0, 4, 0], [2, 2, 4]), graph, weights, { heads: 2, sources })
    expect(difference(cached, part)).toBeLessThan(1e-6)
  })
})

import * as tf from '@tensorflow/tfjs'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { createEdgeSource } from '../../src/graph/edge-list.ts'
import { graphTensors } from '../../src/graph/graph-tensors.ts'
import { relationCount } from '../../src/graph/relations.ts'
import { type RgcnWeights, rgcnConv, stackRgcnWeights } from '../../src/graph/rgcn-conv.ts'
import {
  type Case,
  cases,
  difference,
  longest,
  nodeRow,
  overNodes,
  plainEdges,
  presentOf,
  speakersOf,
} from './reference.ts'

beforeAll(async () => {
  await tf.setBackend('cpu')
})

/** x'_i = W_0 x_i + Σ_r mean_{j ∈ N_r(i)} W_r x_j + b, edge by edge. */
function plainRgcnConv(x: tf.Tensor3D, given: Case, { weight, root, bias }: RgcnWeights): tf.Tensor3D {
  const edges = plainEdges(given)
  const matrices = tf.unstack(weight) as tf.Tensor2D[]
  return overNodes(given, root.shape[1], (node) => {
    let state = tf.add<tf.Tensor2D>(tf.matMul(nodeRow(x, node), root), bias)
    matrices.forEach((matrix, relation) => {
      const into = edges.filter(
        (edge) => edge.relation === relation && edge.target[0] === node[0] && edge.target[1] === node[1],
      )
      if (into.length === 0) return
      const messages = into.map((edge) => tf.matMul(nodeRow(x, edge.source), matrix))
      state = tf.add(state, tf.div(tf.addN(messages), into.length))
    })
    return state
  })
}

test('equals the edge-list loop, values and gradients, over sizes, windows, modalities, missing nodes and modes', () => {
  fc.assert(
    fc.property(cases, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 }), (given, into, out) => {
      const { modalities, mode, presence, seed } = given
      const M = modalities.length
      const R = relationCount(M, given)
      const before = tf.memory().numTensors
      tf.tidy(() => {
        const x = tf.randomNormal([M * presence.length, longest(given), into], 0, 1, 'float32', seed) as tf.Tensor3D
        const weight = tf.randomNormal([R, into, out], 0, 1, 'float32', seed + 1) as tf.Tensor3D
        const root = tf.randomNormal([into, out], 0, 1, 'float32', seed + 2) as tf.Tensor2D
        const bias = tf.randomNormal([out], 0, 1, 'float32', seed + 3) as tf.Tensor1D
        const edges = createEdgeSource(given)(longest(given))
        const parts = presence.map((_, b) => ({ edges, present: presentOf(given, b), speakers: speakersOf(given, b) }))
        const { speakerRelations } = given
        const live = mode === 'live'
        const graph = graphTensors(parts, { modalities, live, length: longest(given), speakerRelations })
        const blocked = (x: tf.Tensor, weight: tf.Tensor, root: tf.Tensor, bias: tf.Tensor) =>
          rgcnConv(
            x as tf.Tensor3D,
            graph,
            stackRgcnWeights({ weight, root, bias } as RgcnWeights, { modalities: M, live, speakerRelations }),
          )
        const plain = (x: tf.Tensor, weight: tf.Tensor, root: tf.Tensor, bias: tf.Tensor) =>
          plainRgcnConv(x as tf.Tensor3D, given, { weight, root, bias } as RgcnWeights)

        const expected = plain(x, weight, root, bias)
        expect(difference(blocked(x, weight, root, bias), expected)).toBeLessThan(2e-5)
        const direction = tf.randomNormal(expected.shape, 0, 1, 'float32', seed + 4)
        const inputs = [x, weight, root, bias]
        const actual = tf.grads(blocked)(inputs, direction)
        const wanted = tf.grads(plain)(inputs, direction)
        actual.forEach((gradient, i) => {
          expect(difference(gradient, wanted[i]!)).toBeLessThan(5e-5)
        })
        graph.dispose()
      })
      expect(tf.memory().numTensors).toBe(before)
    }),
    { numRuns: 60 },
  )
})

test('a target range alone gives the rows of the whole', () => {
  tf.tidy(() => {
    const modalities = ['text', 'audio', 'visual'] as const
    const edges = createEdgeSource({ modalities, past: 3, future: 2, mode: 'live' })(9)
    const present = { text: [1, 1, 1, 0, 1, 1, 1, 1, 1], audio: Array(9).fill(1), visual: [1, 0, 1, 1, 0, 1, 1, 0, 1] }
    const weights = stackRgcnWeights(
      {
        weight: tf.randomNormal([15, 4, 5]) as tf.Tensor3D,
        root: tf.randomNormal([4, 5]) as tf.Tensor2D,
        bias: tf.randomNormal([5]) as tf.Tensor1D,
      },
      { modalities: 3, live: true },
    )
    const x = tf.randomNormal([3, 9, 4]) as tf.Tensor3D
    const whole = rgcnConv(x, graphTensors([{ edges, present }], { modalities, live: true, length: 9 }), weights)
    const range = { sources: { from: 3, length: 5 }, targets: { from: 6, length: 2 } }
    const graph = graphTensors([{ edges, present }], { modalities, live: true, length: 9, ...range })
    const part = rgcnConv(tf.slice(x, [0, 3, 0], [3, 5, 4]), graph, weights)
    expect(difference(part, tf.slice(whole, [0, 6, 0], [3, 2, 5]))).toBeLessThan(1e-5)
  })
})

test('weights of another number of relations are refused', () => {
  const weights = {
    weight: tf.zeros<tf.Rank.R3>([15, 2, 2]),
    root: tf.zeros<tf.Rank.R2>([2, 2]),
    bias: tf.zeros<tf.Rank.R1>([2]),
  }
  expect(() => stackRgcnWeights(weights, { modalities: 2, live: false })).toThrow(/EMO_SHAPE_MISMATCH.*8/)
  tf.dispose(weights)
})

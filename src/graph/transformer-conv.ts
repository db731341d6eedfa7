import * as tf from '@tensorflow/tfjs'
import { type GraphTensors, shiftModalities, targetRows } from './graph-tensors.ts'

/** x → x·kernel + bias. `kernel` is [in, out]: the transpose of a published (PyTorch) linear layer's weight. */
export interface LinearWeights {
  readonly kernel: tf.Tensor2D
  readonly bias: tf.Tensor1D
}

/** Each [in, heads*d], heads side by side as published (`graph_model.gnn.conv2.lin_query` …). */
export interface TransformerConvWeights {
  readonly query: LinearWeights
  readonly key: LinearWeights
  readonly value: LinearWeights
  readonly skip: LinearWeights
}

/** What a node offers as a source: its key and value, [M*B, S, heads*d]. Depends on that node alone: cacheable. */
export interface KeysAndValues {
  readonly keys: tf.Tensor3D
  readonly values: tf.Tensor3D
}

/** Attention over the in-edges of a target, [M*B, heads, T, S + M-1]: S columns within the modality, then by shift across. */
export type EdgeAttention = tf.Tensor4D

/** Keys and values of node states [M*B, S, in]. */
export function keysAndValues(x: tf.Tensor3D, weights: TransformerConvWeights): KeysAndValues {
  return { keys: linear(x, weights.key), values: linear(x, weights.value) }
}

/**
 * The graph transformer convolution of Shi et al. 2021, "Masked Label Prediction: Unified Message Passing Model for
 * Semi-Supervised Classification", eqs. 3-5, without edge features:
 *
 *   x'_i = W_1 x_i + ‖_{h} Σ_{j ∈ N(i)} α^h_ij W^h_v x_j,   α^h_i = softmax_j((W^h_q x_i)·(W^h_k x_j) / √d)
 *
 * ‖: heads concatenated; N(i): sources of all edges into i, of every relation, one softmax over them; every W with its
 * bias. Blocked dense form: an [T, S] band of logits within the modality beside M-1 logits across.
 *
 * @param x node states [M*B, S, in], modality-major; rows of absent nodes may hold anything finite
 * @param graph the edges, see {@link GraphTensors}
 * @param options.sources keys and values of the S rows when they are known (streaming); then x is the targets', [M*B, T, in]
 * @returns states [M*B, T, heads*d], zero where the node is absent; attention, the α of every edge
 */
export function transformerConv(
  x: tf.Tensor3D,
  graph: GraphTensors,
  weights: TransformerConvWeights,
  options: { heads: number; sources?: KeysAndValues },
): tf.Tensor3D {
  return tf.tidy(() => {
    const own = options.sources === undefined ? targetRows(x, graph) : x
    const sources = options.sources ?? keysAndValues(x, weights)
    const { states } = attendEdges(linear(own, weights.query), sources, graph, options.heads)
    return tf.mul<tf.Tensor3D>(tf.add(linear(own, weights.skip), states), graph.nodes)
  })
}

/**
 * The attention of {@link transformerConv}: queries [M*B, T, heads*d] of the targets over keys and values of the sources.
 * States are not masked: the row of an absent node holds something finite.
 */
export function attendEdges(
  queries: tf.Tensor3D,
  { keys, values }: KeysAndValues,
  graph: GraphTensors,
  heads: number,
): { states: tf.Tensor3D; attention: EdgeAttention } {
  const { batch: B, sources: S } = graph
  const size = queries.shape[2] / heads
  const q = splitHeads(tf.mul(queries, 1 / Math.sqrt(size)), heads) // [M*B, heads, T, d]
  const k = splitHeads(keys, heads) // [M*B, heads, S, d]
  const v = splitHeads(values, heads)
  const within = tf.add<tf.Tensor4D>(tf.matMul(q, k, false, true), graph.attention) // [M*B, heads, T, S]
  if (graph.attentionAcross === null) {
    const attention = tf.softmax(within)
    return { states: mergeHeads(tf.matMul(attention, v)), attention }
  }
  const kTarget = headRows(k, graph)
  const vTarget = headRows(v, graph)
  const shifts = graph.across.map((_, o) => o + 1)
  const pairs = shifts.map((shift) => tf.sum(tf.mul(q, shiftModalities(kTarget, shift, B)), 3, true)) // [M*B, heads, T, 1]
  const across = tf.add<tf.Tensor4D>(tf.concat(pairs, 3), graph.attentionAcross) // [M*B, heads, T, M-1]
  const attention = tf.softmax(tf.concat([within, across], 3)) // one softmax over all in-edges
  const [alpha, beta] = tf.split(attention, [S, shifts.length], 3) as [tf.Tensor4D, tf.Tensor4D]
  const shares = shifts.length === 1 ? [beta] : (tf.split(beta, shifts.length, 3) as tf.Tensor4D[])
  const messages = shifts.map((shift, o) => tf.mul(shares[o]!, shiftModalities(vTarget, shift, B)))
  return { states: mergeHeads(tf.addN([tf.matMul(alpha, v), ...messages]) as tf.Tensor4D), attention }
}

function linear(x: tf.Tensor3D, { kernel, bias }: LinearWeights): tf.Tensor3D {
  const [rows, length, width] = x.shape
  const product = tf.matMul(tf.reshape(x, [rows * length, width]), kernel)
  return tf.reshape(tf.add(product, bias), [rows, length, kernel.shape[1]])
}

/** [R, L, heads*d] → [R, heads, L, d] */
function splitHeads(x: tf.Tensor3D, heads: number): tf.Tensor4D {
  const [rows, length, width] = x.shape
  return tf.transpose(tf.reshape(x, [rows, length, heads, width / heads]), [0, 2, 1, 3])
}

/** [R, heads, L, d] → [R, L, heads*d] */
function mergeHeads(x: tf.Tensor4D): tf.Tensor3D {
  const [rows, heads, length, size] = x.shape
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [rows, length, heads * size])
}

function headRows(x: tf.Tensor4D, graph: GraphTensors): tf.Tensor4D {
  if (graph.targets === graph.sources) return x
  return tf.slice(x, [0, 0, graph.offset, 0], [x.shape[0], x.shape[1], graph.targets, x.shape[3]])
}

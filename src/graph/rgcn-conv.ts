import * as tf from '@tensorflow/tfjs'
import { EmographError } from '../errors.ts'
import { type GraphTensors, shiftModalities, targetRows } from './graph-tensors.ts'
import { type RelationOptions, relationCount, relationIndex, temporalKinds } from './relations.ts'

/** The published layout (`graph_model.gnn.conv1`), R relation types of relationTypes. */
export interface RgcnWeights {
  /** W_r, [R, in, out]. */
  readonly weight: tf.Tensor3D
  /** W_0, [in, out]. */
  readonly root: tf.Tensor2D
  /** b, [out]. */
  readonly bias: tf.Tensor1D
}

/** The weights of {@link rgcnConv}, stacked once for many calls (streaming) or for each call (training). */
export interface StackedRgcnWeights {
  /**
   * For each modality [K*in, out]: the matrices of the messages that reach it in the order own, the graph's temporal
   * relations, across by shift. "Own" is W_0 + W_same: the self edge is a node's only message of its relation.
   */
  readonly blocks: readonly tf.Tensor2D[]
  readonly bias: tf.Tensor1D
}

/**
 * Differentiable. The options are those with which the graph's tensors were made.
 * @throws EMO_SHAPE_MISMATCH when the weights are of another number of modalities.
 */
export function stackRgcnWeights(
  { weight, root, bias }: RgcnWeights,
  { modalities: M, ...options }: { modalities: number; live: boolean } & RelationOptions,
): StackedRgcnWeights {
  if (weight.shape[0] !== relationCount(M, options)) {
    throw new EmographError('EMO_SHAPE_MISMATCH', {
      field: 'RGCN weights',
      expected: `${relationCount(M, options)} relations for ${M} modalities`,
      got: String(weight.shape[0]),
    })
  }
  const relations = tf.unstack(weight) as tf.Tensor2D[]
  const blocks = Array.from({ length: M }, (_, m) => {
    const own = tf.add<tf.Tensor2D>(root, relations[relationIndex('same', m, m, M)]!)
    const temporal = temporalKinds(options).map((kind) => relations[relationIndex(kind, m, m, M)]!)
    const across = Array.from({ length: M - 1 }, (_, o) => relations[relationIndex('across', (m + o + 1) % M, m, M)]!)
    return tf.concat([own, ...temporal, ...across])
  })
  return { blocks, bias }
}

/**
 * The relational graph convolution of Schlichtkrull et al. 2018, "Modeling Relational Data with Graph Convolutional
 * Networks", eq. 2, with the mean over neighbours as normalisation:
 *
 *   x'_i = W_0 x_i + Σ_r mean_{j ∈ N_r(i)} W_r x_j + b
 *
 * where N_r(i) are the sources of the edges of relation r into i. Blocked dense form: the messages within a modality are
 * products with the matrices of means, those across modalities are the same row of another modality; all messages of a
 * modality's nodes then meet its weights in one product.
 *
 * @param x node states [M*B, S, in], modality-major; rows of absent nodes may hold anything finite
 * @param graph the edges, see {@link GraphTensors}
 * @param weights from {@link stackRgcnWeights}, for the relations that the graph has
 * @returns [M*B, T, out], zero where the node is absent
 */
export function rgcnConv(x: tf.Tensor3D, graph: GraphTensors, weights: StackedRgcnWeights): tf.Tensor3D {
  return tf.tidy(() => {
    const { modalities: M, batch: B, targets: T } = graph
    const own = targetRows(x, graph) // [M*B, T, in]
    const messages = [own, ...graph.temporal.map(({ mean }) => tf.matMul(mean, x))]
    graph.across.forEach((mask, o) => {
      messages.push(tf.mul(mask, shiftModalities(own, o + 1, B)))
    })
    const received = tf.concat(messages, 2) // [M*B, T, K*in]
    const width = received.shape[2]!
    const rows = M === 1 ? [received] : tf.split(received, M) // M × [B, T, K*in]
    const outputs = rows.map((row, m) => tf.matMul(tf.reshape(row, [B * T, width]), weights.blocks[m]!))
    const states = tf.reshape(tf.add(tf.concat(outputs), weights.bias), [M * B, T, weights.bias.shape[0]])
    return tf.mul<tf.Tensor3D>(states, graph.nodes)
  })
}

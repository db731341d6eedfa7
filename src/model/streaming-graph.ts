import * as tf from '@tensorflow/tfjs'
import type { Modality } from '../conversation/modality.ts'
import { scope, type Weights } from '../crossmodal/parameters.ts'
import { createEdgeSource, type EdgeList } from '../graph/edge-list.ts'
import { type GraphTensors, graphTensors } from '../graph/graph-tensors.ts'
import { rgcnConv, type StackedRgcnWeights, stackRgcnWeights } from '../graph/rgcn-conv.ts'
import { keysAndValues, transformerConv } from '../graph/transformer-conv.ts'
import { batchNorm } from './batch-norm.ts'
import type { CorectConfig } from './config.ts'
import { LEAKY_SLOPE } from './corect.ts'
import { graphWeights } from './corect-parameters.ts'

/**
 * What a label's graph part needs of the utterances before: in live mode no edge comes from later, so a node's states
 * never change and those within the window are all that a new utterance reads. W = past rows, padding before the first.
 */
export type GraphWindow = {
  /** [M, W, d] states that RGCNConv takes, zero where a node is absent. Undefined before the first, and for past = 0. */
  readonly nodes: tf.Tensor3D | undefined
  /** [M, W, H*d] keys and values that TransformerConv takes. */
  readonly keys: tf.Tensor3D | undefined
  readonly values: tf.Tensor3D | undefined
  /** For each utterance of the window the slots that it has, as a bit field; 0 is padding. */
  readonly present: readonly number[]
}

/** The graph layers of a live stream; weights and edges are shared by every conversation. */
export interface StreamingGraph {
  /** The window before the first utterance. */
  readonly empty: GraphWindow
  /**
   * One utterance more: `nodes` [M, 1, d] the states of its nodes, `present` its slots as a bit field → the states after
   * the graph layers [M, H*d] and the window for the next. `edges` are those of {@link StreamingGraph.edges} for it.
   */
  step(window: GraphWindow, nodes: tf.Tensor3D, present: number, edges: GraphTensors): StreamedGraph
  /** The edges into the nodes of an utterance, sources the window and itself; the caller disposes them. */
  edges(window: GraphWindow, present: number): GraphTensors
  dispose(): void
}

export type StreamedGraph = { readonly states: tf.Tensor2D; readonly window: GraphWindow }

export function createStreamingGraph(config: CorectConfig, weights: Weights): StreamingGraph {
  const { modalities, past, graphHeads: heads, hidden } = config
  const M = modalities.length
  const { rgcn, transformer } = graphWeights(weights)
  const stacked: StackedRgcnWeights = tf.tidy(() => {
    const { blocks, bias } = stackRgcnWeights(rgcn, { modalities: M, later: false })
    return { blocks: blocks.map((block) => tf.keep(block)), bias }
  })
  // The last utterance of a conversation as long as the window: its in-edges are those of every utterance.
  const list = createEdgeSource({ modalities, past, future: 0, mode: 'live' })(past + 1)
  const norm = scope(weights, 'graph.norm')

  const extended = (window: tf.Tensor3D | undefined, row: tf.Tensor3D): tf.Tensor3D => {
    if (past === 0) return row
    return tf.concat([window ?? tf.zeros([M, past, row.shape[2]]), row], 1) // [M, W+1, …]
  }
  const moved = (x: tf.Tensor3D): tf.Tensor3D | undefined =>
    past === 0 ? undefined : tf.slice(x, [0, 1, 0], [M, past, x.shape[2]])

  return {
    empty: { nodes: undefined, keys: undefined, values: undefined, present: Array<number>(past).fill(0) },
    edges: (window, present) => windowTensors(list, [...window.present, present], modalities),
    step(window, row, present, edges) {
      const nodes = extended(window.nodes, row) // [M, W+1, d]
      const related = rgcnConv(nodes, edges, stacked) // [M, 1, d]
      const own = keysAndValues(related, transformer) // [M, 1, H*d]
      const keys = extended(window.keys, own.keys)
      const values = extended(window.values, own.values)
      const attended = transformerConv(related, edges, transformer, { heads, sources: { keys, values } })
      const flat = tf.reshape(attended, [M, heads * hidden]) as tf.Tensor2D
      const states = tf.leakyRelu(batchNorm(flat, tf.reshape(edges.nodes, [M, 1]) as tf.Tensor2D, norm), LEAKY_SLOPE)
      return {
        states, // [M, H*d]
        window: {
          nodes: moved(nodes),
          keys: moved(keys),
          values: moved(values),
          present: [...window.present, present].slice(1),
        },
      }
    },
    dispose: () => tf.dispose([...stacked.blocks]),
  }
}

/** In-edges of the last utterance of a window whose utterances have these slots. */
function windowTensors(edges: EdgeList, slots: readonly number[], modalities: readonly Modality[]): GraphTensors {
  const length = slots.length
  const present = Object.fromEntries(modalities.map((modality, m) => [modality, slots.map((bits) => (bits >> m) & 1)]))
  return graphTensors([{ edges, present }], {
    modalities,
    live: true,
    length,
    sources: { from: 0, length },
    targets: { from: length - 1, length: 1 },
  })
}

import * as tf from '@tensorflow/tfjs'
import type { Modality, PerModality } from '../conversation/modality.ts'
import { scope, type Weights } from '../crossmodal/parameters.ts'
import type { GraphTensors } from '../graph/graph-tensors.ts'
import type { Corect } from './corect.ts'
import { linearRow } from './key-value-cache.ts'
import { createStreamingGraph, type GraphWindow, type StreamedGraph } from './streaming-graph.ts'
import { type LayerCaches, streamCrossmodal, streamText } from './streaming-layers.ts'

/**
 * All that a live conversation's next label needs of the utterances before. Never changed in place: a step gives the
 * next state, so that a step that fails leaves the conversation as it was. At most `maxHistory` rows in every cache:
 * its size is bounded, whatever the length of the conversation.
 */
export type LiveState = {
  /** Utterances so far. */
  readonly length: number
  /** Which utterance each row of a modality's caches is, oldest first. */
  readonly rows: PerModality<readonly number[]>
  readonly text: LayerCaches
  /** Keys `a.b`: a's cross-modal transformer over the keys of b. */
  readonly pairs: Readonly<Record<string, LayerCaches>>
  readonly memory: PerModality<LayerCaches>
  readonly window: GraphWindow
  /** The edges of the last step: the next has the same ones while the utterances have the same modalities. */
  readonly edges: { readonly key: string; readonly tensors: GraphTensors } | undefined
}

/** One utterance, prepared: normalised features of the modalities that it has, row of the speaker table. */
export interface LiveInput {
  readonly features: PerModality<Float32Array>
  readonly speaker: number
}

/** The live form of a model: one utterance at a time, equal to its batch form in live mode. */
export interface LiveModel {
  readonly empty: LiveState
  /** The label of the next utterance: probabilities [C], and the state after it. The caller releases `state`. */
  step(state: LiveState, input: LiveInput): { probabilities: Float32Array; state: LiveState }
  /** Frees the tensors of a state that no longer counts, those of `successor` excepted. */
  release(state: LiveState, successor?: LiveState): void
  dispose(): void
}

/**
 * Shares the model's variables; own tensors are only the stacked RGCN weights. Make one for many conversations, after
 * the weights are final.
 */
export function createLiveModel(model: Corect): LiveModel {
  const { config } = model
  const { modalities, hidden, maxHistory } = config
  const weights: Weights = (name) => model.variables.get(name)!
  const graph = createStreamingGraph(config, weights)
  const others = (a: Modality) => modalities.filter((b) => b !== a)
  const crossmodal = { heads: config.crossmodalHeads, layers: config.crossmodalLayers }
  const selfAttention = { heads: config.selfAttentionHeads, layers: config.selfAttentionLayers }

  // d hidden, H graph heads, M modalities, C classes; every row is [1, …].
  function forward(state: LiveState, { features, speaker }: LiveInput, edges: GraphTensors) {
    const i = state.length
    const has = (m: Modality) => features[m] !== undefined
    // How many of a modality's rows have fallen out of the attention's reach, i - j < maxHistory.
    const expired = modalities.map((m) => state.rows[m]!.filter((j) => i - j >= maxHistory).length)
    const dropped = (m: Modality) => expired[modalities.indexOf(m)]!

    // Unimodal projection, and who speaks.
    const input = (m: Modality) => (has(m) ? tf.tensor2d(features[m]!, [1, features[m]!.length]) : undefined)
    const voice = tf.slice(weights('speaker.embedding') as tf.Tensor2D, [speaker, 0], [1, hidden])
    const text = modalities.includes('text')
      ? streamText(input('text'), state.text, dropped('text'), scope(weights, 'text'), config)
      : { output: undefined, caches: [] }
    const encode = (m: Modality): tf.Tensor2D | undefined => {
      if (m === 'text') return text.output
      const row = input(m)
      if (row === undefined) return undefined
      const own = scope(weights, m)
      return linearRow(linearRow(row, scope(own, 'inner'), 'relu'), scope(own, 'outer'), 'relu')
    }
    const x: PerModality<tf.Tensor2D> = {}
    for (const m of modalities) {
      const encoded = encode(m)
      if (encoded !== undefined) x[m] = tf.add(encoded, voice) // [1, d]
    }

    // Graph: the new nodes beside those of the window.
    const nodes = tf.reshape(tf.concat(modalities.map((m) => x[m] ?? tf.zeros([1, hidden]))), [-1, 1, hidden])
    const slots = modalities.reduce((bits, m, slot) => (has(m) ? bits | (1 << slot) : bits), 0)
    const streamed: StreamedGraph = graph.step(state.window, nodes as tf.Tensor3D, slots, edges)

    // Cross-modal: the new query over the cached keys of every pair, then memory self-attention.
    const pairs: Record<string, LayerCaches> = {}
    const memory: PerModality<LayerCaches> = {}
    const fused: PerModality<tf.Tensor2D> = {}
    for (const a of modalities.length > 1 ? modalities : []) {
      const views = others(a).map((b) => {
        const name = `${a}.${b}`
        const own = scope(weights, `crossmodal.${name}`)
        const view = streamCrossmodal(x[a], x[b], state.pairs[name]!, dropped(b), own, crossmodal)
        pairs[name] = view.caches
        return view.output
      })
      const joined = has(a) ? tf.concat(views as tf.Tensor2D[], 1) : undefined // [1, (M-1)*d]
      const own = scope(weights, `crossmodal.memory.${a}`)
      const remembered = streamCrossmodal(joined, 'self', state.memory[a]!, dropped(a), own, selfAttention)
      memory[a] = remembered.caches
      if (remembered.output !== undefined) fused[a] = remembered.output
    }

    // Classifier over [graph ‖ cross-modal], a learned vector in the slots of a missing modality.
    const absent = (kind: string, m: Modality): tf.Tensor2D => tf.reshape(weights(`absent.${kind}.${m}`), [1, -1])
    const fromGraph = modalities.map((m, slot) =>
      has(m) ? tf.slice(streamed.states, [slot, 0], [1, streamed.states.shape[1]]) : absent('graph', m),
    )
    const fromPairs = modalities.length > 1 ? modalities.map((m) => fused[m] ?? absent('crossmodal', m)) : []
    const representation = tf.concat([...fromGraph, ...fromPairs], 1) // [1, M*H*d + M*(M-1)*d]
    const inner = linearRow(representation, scope(weights, 'classifier.inner'), 'relu')
    const logits = linearRow(inner, scope(weights, 'classifier.outer')) // [1, C]

    const rows: PerModality<readonly number[]> = {}
    for (const m of modalities) rows[m] = [...state.rows[m]!.slice(dropped(m)), ...(has(m) ? [i] : [])]
    const next = { length: i + 1, rows, text: text.caches, pairs, memory, window: streamed.window }
    return { probabilities: tf.softmax(logits), next }
  }

  return {
    empty: {
      length: 0,
      rows: Object.fromEntries(modalities.map((m) => [m, []])),
      text: [],
      pairs: Object.fromEntries(modalities.flatMap((a) => others(a).map((b) => [`${a}.${b}`, []]))),
      memory: Object.fromEntries(modalities.map((m) => [m, []])),
      window: graph.empty,
      edges: undefined,
    },
    step(state, input) {
      const slots = modalities.reduce((bits, m, slot) => (input.features[m] ? bits | (1 << slot) : bits), 0)
      const key = [...state.window.present, slots].join(',')
      const results: { probabilities: Float32Array; state: LiveState }[] = []
      tf.tidy(() => {
        const tensors = state.edges?.key === key ? state.edges.tensors : graph.edges(state.window, slots)
        const { probabilities, next } = forward(state, input, tensors)
        const after: LiveState = { ...next, edges: { key, tensors } }
        results.push({ probabilities: probabilities.dataSync<'float32'>().slice(), state: after })
        for (const tensor of tensorsOf(after)) tf.keep(tensor)
      })
      return results[0]!
    },
    release(state, successor) {
      const alive = new Set(successor === undefined ? [] : tensorsOf(successor))
      for (const tensor of tensorsOf(state)) if (!alive.has(tensor)) tensor.dispose()
    },
    dispose: () => graph.dispose(),
  }
}

/** Every tensor in a nested value. */
function tensorsOf(value: unknown): tf.Tensor[] {
  if (value instanceof tf.Tensor) return [value]
  if (value === null || typeof value !== 'object') return []
  return Object.values(value).flatMap((part) => tensorsOf(part))
}

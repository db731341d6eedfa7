import type { Modality, PerModality } from '../conversation/modality.ts'
import { joinFloat32 } from '../float32.ts'
import { coreConfig } from './config.ts'
import type { Corect } from './corect.ts'
import { createKeyValueCache, type KeyValueCache } from './key-value-cache.ts'
import { createStreamingGraph, liveInEdges, type NodeAttention } from './streaming-graph.ts'
import { createStreamingCrossmodal, createStreamingText } from './streaming-layers.ts'
import { addTo, createStreamingWeights, type Row, relu, softmax } from './streaming-weights.ts'

/** One utterance, prepared: normalised features of the modalities that it has (at least one), speakers counted as they come. */
export interface LiveInput {
  readonly features: PerModality<Row>
  readonly speaker: number
}

/** An utterance's probabilities [C] and what fed each of its nodes in the graph. */
export interface LiveOutput {
  readonly probabilities: Row
  readonly attention: PerModality<NodeAttention>
}

/** One conversation, live. */
export interface LiveStream {
  /** Takes its next utterance. */
  take(input: LiveInput): LiveOutput
  /** What `take` would give, bit for bit; the stream is then as before. */
  preview(input: LiveInput): LiveOutput
}

/** The live form of a model; its streams share one copy of the weights. */
export interface LiveModel {
  createStream(): LiveStream
}

/**
 * The model in live mode, one utterance at a time: each stream computes the new utterance alone, from the keys, values
 * and node states that it keeps of the utterances before. Equal to the batch form of the same weights.
 *
 * A stream's time and memory do not depend on the conversation's length but for attention over at most `maxHistory`
 * keys. Reads the variables' values once: the weights have to be final. `kernels` as createStreamingWeights takes it.
 */
export function createLiveModel(model: Corect, kernels?: URL): LiveModel {
  const config = coreConfig(model.config)
  const { late } = model.config
  const { modalities, hidden, maxHistory, attentionBias } = config
  const weights = createStreamingWeights(model.variables, kernels)
  const inEdges = liveInEdges(config)
  const others = (a: Modality) => modalities.filter((b) => b !== a)
  const pairSizes = { width: hidden, heads: config.crossmodalHeads, layers: config.crossmodalLayers }
  const memorySizes = {
    width: (modalities.length - 1) * hidden,
    heads: config.selfAttentionHeads,
    layers: config.selfAttentionLayers,
  }

  // d hidden, H graph heads, M modalities, C classes.
  const createStream = (): LiveStream => {
    const caches: KeyValueCache[] = []
    const createCache = (width: number, heads: number): KeyValueCache => {
      const cache = createKeyValueCache(width, heads, maxHistory)
      caches.push(cache)
      return cache
    }
    const encodeText = modalities.includes('text') ? createStreamingText(weights, config, createCache) : undefined
    const convolve = createStreamingGraph(weights, config, inEdges)
    const pairs = modalities.flatMap((a) =>
      others(a).map((b) => {
        const sizes = { ...pairSizes, createCache, attentionBias, self: false }
        return { a, b, transformer: createStreamingCrossmodal(weights, `crossmodal.${a}.${b}`, sizes) }
      }),
    )
    const memories = (modalities.length > 1 ? modalities : []).map((a) => {
      const sizes = { ...memorySizes, createCache, attentionBias, self: true }
      return { a, transformer: createStreamingCrossmodal(weights, `crossmodal.memory.${a}`, sizes) }
    })
    let length = 0

    function step({ features, speaker }: LiveInput, keep: boolean): LiveOutput {
      const turn = { utterance: length, speaker }
      // Unimodal projection, and who speaks.
      const voice = weights.vector('speaker.embedding', Math.min(speaker, config.speakers - 1))
      const x: PerModality<Row> = {}
      for (const m of modalities) {
        const input = features[m]
        if (input === undefined) continue
        const encoded =
          m === 'text' && encodeText !== undefined
            ? encodeText(input, turn)
            : relu(weights.linear(relu(weights.linear(input, `${m}.inner`)), `${m}.outer`))
        x[m] = addTo(encoded, voice) // [d]
      }

      // Graph: the new nodes among those of the window.
      const { states, attention } = convolve(x, speaker, keep) // each [H*d]

      // Cross-modal: the new query over the remembered keys of every pair, then memory self-attention.
      const views: PerModality<Row[]> = {}
      for (const { a, b, transformer } of pairs) {
        if (x[b] !== undefined) transformer.remember(x[b], turn)
        if (x[a] !== undefined) views[a] = [...(views[a] ?? []), transformer.ask(x[a], turn)]
      }
      const fused: PerModality<Row> = {}
      for (const { a, transformer } of memories) {
        if (views[a] !== undefined) fused[a] = transformer.ask(joinFloat32(views[a]), turn) // [(M-1)*d]
      }

      // Classifier over [graph ‖ cross-modal], a learned vector in the slots of a missing modality.
      const representation = joinFloat32([
        ...modalities.map((m) => states[m] ?? weights.vector(`absent.graph.${m}`)),
        ...memories.map(({ a }) => fused[a] ?? weights.vector(`absent.crossmodal.${a}`)),
      ]) // [M*H*d + M*(M-1)*d]
      const inner = relu(weights.linear(representation, 'classifier.inner'))
      const core = weights.linear(inner, 'classifier.outer')
      if (late.length === 0) return { probabilities: softmax(core), attention }

      // Late fusion: what the modalities beside the graph say of it.
      const logits = modalities.some((m) => features[m] !== undefined) ? core : weights.vector('late.prior').slice()
      for (const m of late) {
        const input = features[m]
        if (input === undefined) continue
        addTo(logits, weights.linear(relu(weights.linear(input, `late.${m}.inner`)), `late.${m}.outer`))
      }
      return { probabilities: softmax(logits), attention }
    }

    return {
      take(input) {
        const output = step(input, true)
        length++
        return output
      },
      preview(input) {
        try {
          return step(input, false)
        } finally {
          for (const cache of caches) cache.forget(length)
        }
      },
    }
  }
  return { createStream }
}

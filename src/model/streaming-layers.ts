import { type CorectConfig, inputSize } from './config.ts'
import type { KeyValueCache, LogitBias, Turn } from './key-value-cache.ts'
import { addTo, layerNormRow, type Row, relu, type StreamingWeights, scaled } from './streaming-weights.ts'

/** Attention of one new utterance: what multiHeadAttention gives for its row in live mode. */
interface StreamingAttention {
  /** Remembers the key and value of an utterance, from `source` [d]. */
  remember(source: Row, turn: Turn): void
  /** The output [d] for a query [d] of an utterance, over what is remembered. */
  attend(query: Row, turn: Turn): Row
}

interface AttentionSizes {
  readonly width: number
  readonly heads: number
  /** Makes what the attention remembers by: the conversation knows all of its caches. */
  readonly createCache: (width: number, heads: number) => KeyValueCache
  readonly attentionBias: boolean
}

function createAttention(weights: StreamingWeights, prefix: string, sizes: AttentionSizes): StreamingAttention {
  const cache = sizes.createCache(sizes.width, sizes.heads)
  const bias = sizes.attentionBias ? logitBias(weights, prefix) : undefined
  return {
    remember(source, turn) {
      cache.append(turn, weights.linear(source, `${prefix}.key`), weights.linear(source, `${prefix}.value`))
    },
    attend: (query, turn) =>
      weights.linear(cache.attend(weights.linear(query, `${prefix}.query`), turn, bias), `${prefix}.output`),
  }
}

/** The learned bias of multiHeadAttention: keys fade by softplus(distanceSlope) / 2 an utterance. */
function logitBias(weights: StreamingWeights, prefix: string): LogitBias {
  const slope = weights.vector(`${prefix}.distanceSlope`).map((value) => Math.log1p(Math.exp(value)) / 2)
  return { speaker: weights.vector(`${prefix}.speakerBias`), slope }
}

const feedForward = (x: Row, weights: StreamingWeights, prefix: string): Row =>
  weights.linear(relu(weights.linear(x, `${prefix}.inner`)), `${prefix}.outer`)

/** encodeText of one conversation: features [D] of its next utterance that has text → [d]. */
export function createStreamingText(
  weights: StreamingWeights,
  config: CorectConfig,
  createCache: AttentionSizes['createCache'],
): (x: Row, turn: Turn) => Row {
  const width = config.textWidth ?? inputSize(config, 'text')
  const layers = Array.from({ length: config.textEncoderLayers }, (_, layer) => {
    const prefix = `text.encoder.${layer}`
    const sizes = { ...config, width, heads: config.textEncoderHeads, createCache }
    return { prefix, attention: createAttention(weights, `${prefix}.attention`, sizes) }
  })
  return (x, turn) => {
    let state = config.textWidth === undefined ? x : relu(weights.linear(x, 'text.input'))
    for (const { prefix, attention } of layers) {
      attention.remember(state, turn)
      const attended = addTo(attention.attend(state, turn), state)
      state = layerNormRow(attended, weights, `${prefix}.attentionNorm`)
      const fed = addTo(feedForward(state, weights, `${prefix}.feedForward`), state)
      state = layerNormRow(fed, weights, `${prefix}.feedForwardNorm`)
    }
    return weights.linear(state, 'text.projection')
  }
}

/** crossmodalTransformer of one conversation, one utterance at a time. */
export interface StreamingCrossmodal {
  /** The modality that is asked has this state [d] in an utterance. Before `ask` of the same utterance. */
  remember(keys: Row, turn: Turn): void
  /** The output [d] for the state [d] of the modality that asks; in self-attention it is remembered first. */
  ask(x: Row, turn: Turn): Row
}

export interface CrossmodalSizes extends AttentionSizes {
  readonly layers: number
  /** Keys are the states themselves: memory self-attention. */
  readonly self: boolean
}

export function createStreamingCrossmodal(
  weights: StreamingWeights,
  prefix: string,
  sizes: CrossmodalSizes,
): StreamingCrossmodal {
  const layers = Array.from({ length: sizes.layers }, (_, layer) => {
    const own = `${prefix}.${layer}`
    return { own, attention: createAttention(weights, `${own}.attention`, sizes) }
  })
  const embed = (x: Row): Row => scaled(x, Math.sqrt(sizes.width))
  return {
    remember(keys, turn) {
      const source = embed(keys)
      for (const { own, attention } of layers) {
        attention.remember(layerNormRow(source, weights, `${own}.attentionNorm`), turn)
      }
    },
    ask(x, turn) {
      let z = embed(x)
      for (const { own, attention } of layers) {
        const query = layerNormRow(z, weights, `${own}.attentionNorm`)
        if (sizes.self) attention.remember(query, turn)
        z = addTo(attention.attend(query, turn), z)
        const normed = layerNormRow(z, weights, `${own}.feedForwardNorm`)
        z = addTo(feedForward(normed, weights, `${own}.feedForward`), z)
      }
      return layerNormRow(z, weights, `${prefix}.norm`)
    },
  }
}

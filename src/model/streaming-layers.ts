import * as tf from '@tensorflow/tfjs'
import { layerNorm } from '../crossmodal/layer-norm.ts'
import { scope, type Weights } from '../crossmodal/parameters.ts'
import type { CorectConfig } from './config.ts'
import { advanceCache, attendCache, type KeyValueCache, linearRow } from './key-value-cache.ts'

/** One layer stack's caches, one for each layer. */
export type LayerCaches = readonly KeyValueCache[]

/**
 * encodeText for one new utterance, live: each layer's keys and values of the utterances before come from the caches.
 * x [1, D], or undefined when the utterance has no text → [1, d].
 */
export function streamText(
  x: tf.Tensor2D | undefined,
  caches: LayerCaches,
  dropped: number,
  weights: Weights,
  config: CorectConfig,
): { output: tf.Tensor2D | undefined; caches: LayerCaches } {
  const next: KeyValueCache[] = []
  let state = x
  for (let layer = 0; layer < config.textEncoderLayers; layer++) {
    const own = scope(weights, `encoder.${layer}`)
    const attention = scope(own, 'attention')
    const cache = advanceCache(caches[layer], dropped, state, attention, config.textEncoderHeads)
    next.push(cache)
    if (state === undefined) continue
    const attended = attendCache(state, cache, attention, config.textEncoderHeads)
    state = layerNorm(tf.add(state, attended), scope(own, 'attentionNorm'))
    const inner = linearRow(state, scope(own, 'feedForward.inner'), 'relu')
    const outer = linearRow(inner, scope(own, 'feedForward.outer'))
    state = layerNorm(tf.add(state, outer), scope(own, 'feedForwardNorm'))
  }
  return { output: state && linearRow(state, scope(weights, 'projection')), caches: next }
}

/**
 * crossmodalTransformer for one new utterance, live. `x` [1, d] is undefined when it lacks the modality that asks,
 * `keys` [1, d] when it lacks the one that is asked; `keys` is `'self'` in self-attention.
 */
export function streamCrossmodal(
  x: tf.Tensor2D | undefined,
  keys: tf.Tensor2D | 'self' | undefined,
  caches: LayerCaches,
  dropped: number,
  weights: Weights,
  { heads, layers }: { heads: number; layers: number },
): { output: tf.Tensor2D | undefined; caches: LayerCaches } {
  const embed = (input: tf.Tensor2D) => tf.mul<tf.Tensor2D>(input, Math.sqrt(input.shape[1]))
  const source = keys === undefined || keys === 'self' ? undefined : embed(keys)
  const next: KeyValueCache[] = []
  let z = x && embed(x)
  for (let layer = 0; layer < layers; layer++) {
    const own = scope(weights, `${layer}`)
    const attention = scope(own, 'attention')
    const norm = scope(own, 'attentionNorm')
    const query = z && layerNorm(z, norm)
    const seen = keys === 'self' ? query : source && layerNorm(source, norm)
    const cache = advanceCache(caches[layer], dropped, seen, attention, heads)
    next.push(cache)
    if (z === undefined || query === undefined) continue
    z = tf.add(z, attendCache(query, cache, attention, heads))
    const inner = linearRow(layerNorm(z, scope(own, 'feedForwardNorm')), scope(own, 'feedForward.inner'), 'relu')
    z = tf.add(z, linearRow(inner, scope(own, 'feedForward.outer')))
  }
  return { output: z && layerNorm(z, scope(weights, 'norm')), caches: next }
}

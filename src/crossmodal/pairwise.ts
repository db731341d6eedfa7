import * as tf from '@tensorflow/tfjs'
import type { Modality, PerModality } from '../conversation/modality.ts'
import type { AttentionMask } from './attention-mask.ts'
import {
  type CrossmodalDropout,
  crossmodalTransformer,
  crossmodalTransformerParameters,
} from './crossmodal-transformer.ts'
import { type Parameter, scope, type Weights, within } from './parameters.ts'

export interface PairwiseOptions {
  readonly modalities: readonly Modality[]
  readonly crossmodalHeads: number
  readonly crossmodalLayers: number
  readonly selfAttentionHeads: number
  readonly selfAttentionLayers: number
  /** Whether attention has a learned bias, see multiHeadAttention. */
  readonly attentionBias?: boolean
  readonly rates?: CrossmodalDropout
  /** Told each intermediate: `text.audio` (queries text, keys audio), `memory.text`. */
  readonly trace?: (name: string, value: tf.Tensor) => void
}

/**
 * Pairwise cross-modal fusion (CORECT sec. 3.3, after Tsai et al. 2019). For each modality a, with the others b, c in
 * their order: memory_a = self-attention([cross(a <- b) ‖ cross(a <- c)]). Keys of a modality that an utterance lacks,
 * and keys beyond the reach of the mode, are masked; the row of an utterance that lacks a means nothing.
 *
 * x[m] [B, N, d], masks[m] of keys of modality m -> per modality [B, N, (M-1) d], M > 1.
 */
export function pairwise(
  x: PerModality<tf.Tensor3D>,
  masks: PerModality<AttentionMask>,
  weights: Weights,
  options: PairwiseOptions,
): PerModality<tf.Tensor3D> {
  const { modalities, rates, trace } = options
  const fused: PerModality<tf.Tensor3D> = {}
  for (const a of modalities) {
    const views = others(modalities, a).map((b) => {
      const view = crossmodalTransformer(x[a]!, x[b]!, masks[b]!, scope(weights, `${a}.${b}`), {
        heads: options.crossmodalHeads,
        layers: options.crossmodalLayers,
        ...(rates === undefined ? {} : { rates }),
      })
      trace?.(`${a}.${b}`, view)
      return view
    })
    const memory = crossmodalTransformer(tf.concat(views, -1), undefined, masks[a]!, scope(weights, `memory.${a}`), {
      heads: options.selfAttentionHeads,
      layers: options.selfAttentionLayers,
      ...(rates === undefined ? {} : { rates }),
    })
    trace?.(`memory.${a}`, memory)
    fused[a] = memory
  }
  return fused
}

/** Parameters of {@link pairwise}, d = `hidden`; none for a single modality. */
export function pairwiseParameters(hidden: number, options: PairwiseOptions): Parameter[] {
  const { modalities, crossmodalLayers, selfAttentionLayers } = options
  const biased = (heads: number) => (options.attentionBias ? heads : undefined)
  const pair = crossmodalTransformerParameters(hidden, crossmodalLayers, biased(options.crossmodalHeads))
  return modalities.flatMap((a) => {
    const rest = others(modalities, a)
    if (rest.length === 0) return []
    return [
      ...rest.flatMap((b) => within(`${a}.${b}`, pair)),
      ...within(
        `memory.${a}`,
        crossmodalTransformerParameters(rest.length * hidden, selfAttentionLayers, biased(options.selfAttentionHeads)),
      ),
    ]
  })
}

function others(modalities: readonly Modality[], a: Modality): Modality[] {
  return modalities.filter((b) => b !== a)
}

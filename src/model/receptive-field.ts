import { type CorectConfig, coreModalities } from './config.ts'

/** How many utterances away, back and forward, the label of an utterance can depend on, offline. */
export interface ReceptiveField {
  readonly back: number
  readonly forward: number
}

type ReachOptions = Pick<
  CorectConfig,
  'modalities' | 'maxHistory' | 'past' | 'future' | 'textEncoderLayers' | 'selfAttentionLayers'
> &
  Partial<Pick<CorectConfig, 'late'>>

/**
 * Which utterances a label can depend on, hop by hop. An attention layer lets an utterance see up to
 * h = maxHistory - 1 others on each side; layers add up:
 * - text encoder: L_text layers, h each; audio and visual projections: none;
 * - graph: on top of that two convolutions, `past` and `future` each (edges across modalities stay in the utterance);
 * - cross-modal: on top of the projections one h, for every layer of a pair sees the same keys, then L_memory h.
 * Late modalities reach nothing but their own utterance. The longest way decides. For conversations of at most
 * `maxHistory` utterances that is everything: a bidirectional transformer has no part of a label that a new utterance
 * leaves alone. It is about prepared features; those of an utterance are prepared once, when it comes.
 */
export function receptiveField(config: ReachOptions): ReceptiveField {
  const h = config.maxHistory - 1
  const modalities = coreModalities(config)
  const projection = modalities.includes('text') ? config.textEncoderLayers * h : 0
  const crossmodal = modalities.length > 1 ? (1 + config.selfAttentionLayers) * h : 0
  return {
    back: projection + Math.max(2 * config.past, crossmodal),
    forward: projection + Math.max(2 * config.future, crossmodal),
  }
}

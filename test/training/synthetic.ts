import type { Conversation, Split, Utterance } from '../../src/conversation/conversation.ts'
import { LABEL_SETS, type LabelSetName } from '../../src/conversation/label-sets.ts'
import { createRng } from '../../src/training/rng.ts'

export interface SyntheticOptions {
  readonly conversations: number
  readonly labelSet?: LabelSetName
  readonly sizes?: { readonly text: number; readonly audio: number }
  readonly seed?: number
  /** Noise on the features against a signal of 1. */
  readonly noise?: number
}

/**
 * Conversations that teach something: an emotion that mostly stays from one utterance to the next, features that are
 * noisy pictures of it, some utterances without sound. One in four is for dev, one in four for test.
 */
export function syntheticConversations(options: SyntheticOptions): Conversation[] {
  const { conversations, labelSet = 'iemocap4', sizes = { text: 16, audio: 6 }, seed = 1, noise = 0.8 } = options
  const labels = LABEL_SETS[labelSet]
  const pictures = createRng(seed, 1)
  const picture = (size: number) =>
    labels.map(() => Float32Array.from({ length: size }, () => 2 * pictures.uniform() - 1))
  const prototypes = { text: picture(sizes.text), audio: picture(sizes.audio) }
  return Array.from({ length: conversations }, (_, index) => {
    const rng = createRng(seed, 2, index)
    const features = (of: readonly Float32Array[], label: number) =>
      of[label]!.map((value) => value + noise * 2 * (rng.uniform() + rng.uniform() - 1))
    let label = rng.integer(labels.length)
    const utterances = Array.from({ length: 4 + rng.integer(9) }, (_, turn): Utterance => {
      if (rng.uniform() < 0.3) label = rng.integer(labels.length)
      const text = features(prototypes.text, label)
      const audio = features(prototypes.audio, label)
      return {
        id: `c${index}u${turn}`,
        speaker: turn % 2 === 0 ? 'A' : 'B',
        startMs: turn * 1000,
        endMs: turn * 1000 + 900,
        label: labels[label]!,
        features: rng.uniform() < 0.2 ? { text } : { text, audio },
      }
    })
    const split: Split = index % 4 === 1 ? 'val' : index % 4 === 3 ? 'test' : 'train'
    return { id: `c${index}`, labelSet, split, utterances }
  })
}

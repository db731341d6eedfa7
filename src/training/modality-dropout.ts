import type { Modality } from '../conversation/modality.ts'
import { type PreparedConversation, withoutModality } from '../model/prepare.ts'
import { createRng, type Rng } from './rng.ts'

/**
 * Takes modalities away, so that the model learns to do without: each utterance loses some with probability `rate`. Half
 * of that is a whole conversation (a call without video, a transcript alone), which keeps a random proper subset of its
 * modalities; the other half single utterances, which lose one. An utterance never loses its last modality.
 *
 * The draws come from the seed and the conversation's place alone.
 */
export function dropModalities(
  conversations: readonly PreparedConversation[],
  rate: number,
  seed: number,
): PreparedConversation[] {
  if (rate === 0) return [...conversations]
  const whole = rate / 2
  const single = (rate - whole) / (1 - whole)
  return conversations.map((conversation, index) => {
    const rng = createRng(seed, index)
    const modalities = modalitiesOf(conversation)
    if (modalities.length < 2) return conversation
    const lost =
      rng.uniform() < whole
        ? loseEverywhere(conversation, drawSubset(modalities, rng))
        : loseSingly(conversation, modalities, single, rng)
    return modalities.reduce(
      (left, modality) =>
        lost.get(modality)?.includes(1)
          ? withoutModality(
              left,
              modality,
              lost.get(modality)!.map((one) => 1 - one),
            )
          : left,
      conversation,
    )
  })
}

/** For each modality, 1 where an utterance loses it, [N]. */
type Lost = Map<Modality, Uint8Array>

function modalitiesOf(conversation: PreparedConversation): Modality[] {
  return Object.keys(conversation.present) as Modality[]
}

/** A random non-empty subset that leaves at least one out: what is lost. */
function drawSubset(modalities: readonly Modality[], rng: Rng): Modality[] {
  const mask = 1 + rng.integer(2 ** modalities.length - 2)
  return modalities.filter((_, bit) => mask & (1 << bit))
}

/** An utterance that has nothing but the subset keeps it. */
function loseEverywhere(conversation: PreparedConversation, subset: readonly Modality[]): Lost {
  const others = modalitiesOf(conversation).filter((modality) => !subset.includes(modality))
  const loses = Uint8Array.from({ length: conversation.length }, (_, i) =>
    others.some((modality) => conversation.present[modality]![i]) ? 1 : 0,
  )
  return new Map(subset.map((modality) => [modality, loses]))
}

function loseSingly(conversation: PreparedConversation, modalities: readonly Modality[], rate: number, rng: Rng): Lost {
  const lost: Lost = new Map(modalities.map((modality) => [modality, new Uint8Array(conversation.length)]))
  for (let i = 0; i < conversation.length; i++) {
    const there = modalities.filter((modality) => conversation.present[modality]![i])
    if (there.length < 2 || rng.uniform() >= rate) continue
    lost.get(there[rng.integer(there.length)]!)![i] = 1
  }
  return lost
}

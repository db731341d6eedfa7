import { z } from 'zod'
import { type Modality, modalitySchema, type PerModality } from '../conversation/modality.ts'
import { type PreparedConversation, withoutModality } from '../model/prepare.ts'
import { createRng, type Rng } from './rng.ts'

const rate = z.number().min(0).lt(1)

/** One rate for all, or how often a whole conversation loses each modality, and a single utterance one of them. */
export const modalityDropoutSchema = z.union([
  rate,
  z.strictObject({ conversation: z.partialRecord(modalitySchema, rate), utterance: rate }),
])
export type ModalityDropout = z.infer<typeof modalityDropoutSchema>

/**
 * Takes modalities away, so that the model learns to do without. An utterance never loses its last modality.
 *
 * Rates by modality: a conversation loses one of them altogether (a call without video, a transcript alone), each by its
 * rate; in the other conversations a single utterance loses a random one by the rate `utterance`. One rate for all: each
 * utterance loses some with that probability, half of it with its whole conversation, which keeps a random proper subset
 * of its modalities, the other half singly.
 *
 * The draws come from the seed and the conversation's place alone.
 */
export function dropModalities(
  conversations: readonly PreparedConversation[],
  dropout: ModalityDropout,
  seed: number,
): PreparedConversation[] {
  if (dropout === 0) return [...conversations]
  const single = typeof dropout === 'number' ? dropout / 2 / (1 - dropout / 2) : dropout.utterance
  const drawLost = (modalities: readonly Modality[], rng: Rng): readonly Modality[] => {
    if (typeof dropout !== 'number') return drawOne(modalities, dropout.conversation, rng)
    return rng.uniform() < dropout / 2 ? drawSubset(modalities, rng) : []
  }
  return conversations.map((conversation, index) => {
    const rng = createRng(seed, index)
    const modalities = modalitiesOf(conversation)
    if (modalities.length < 2) return conversation
    const subset = drawLost(modalities, rng)
    const lost =
      subset.length > 0 ? loseEverywhere(conversation, subset) : loseSingly(conversation, modalities, single, rng)
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

/** At most one modality, each by its rate. */
function drawOne(modalities: readonly Modality[], rates: PerModality<number>, rng: Rng): Modality[] {
  let draw = rng.uniform()
  for (const modality of modalities) {
    draw -= rates[modality] ?? 0
    if (draw < 0) return [modality]
  }
  return []
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

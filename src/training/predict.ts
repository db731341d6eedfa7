import * as tf from '@tensorflow/tfjs'
import type { Modality } from '../conversation/modality.ts'
import type { Mode } from '../conversation/mode.ts'
import { makeBatch } from '../model/batch.ts'
import type { Corect } from '../model/corect.ts'
import { type PreparedConversation, withoutModality } from '../model/prepare.ts'
import type { Predicted } from './metrics.ts'

/**
 * Utterances, padding included, that go through the model at once. 512 at the paper's sizes take about 200 MB, and
 * larger batches are no faster on a processor.
 */
const UTTERANCES_AT_ONCE = 512

/**
 * Probabilities of whole conversations, [N * C] for each, in the order given: the batch form of a mode. In live mode
 * they are what the streaming form gives one utterance at a time (to 1e-5); in offline mode what it gives after the
 * conversation's last utterance.
 *
 * Conversations of like length go through together, few enough that memory stays bounded.
 */
export function predictConversations(
  model: Corect,
  conversations: readonly PreparedConversation[],
  mode: Mode,
): Float32Array[] {
  const probabilities = new Array<Float32Array>(conversations.length)
  for (const group of groupByLength(conversations)) {
    const batch = makeBatch(
      group.map((index) => conversations[index]!),
      model.config,
    )
    try {
      const { logits } = model.forward(batch, { mode }) // [B, N, C]
      const softmax = tf.softmax(logits)
      const values = softmax.dataSync<'float32'>()
      const [, length, classes] = logits.shape
      group.forEach((index, row) => {
        const start = row * length * classes
        probabilities[index] = values.slice(start, start + conversations[index]!.length * classes)
      })
      tf.dispose([logits, softmax])
    } finally {
      batch.dispose()
    }
  }
  return probabilities
}

/** {@link predictConversations} beside the labels: what `scorePredictions` takes. */
export function predictLabelled(
  model: Corect,
  conversations: readonly PreparedConversation[],
  mode: Mode,
): Predicted[] {
  const probabilities = predictConversations(model, conversations, mode)
  return conversations.map(({ labels }, index) => ({ labels, probabilities: probabilities[index]! }))
}

/** The conversation with only these modalities, as if the others had never been there. */
export function restrictModalities(
  conversation: PreparedConversation,
  modalities: readonly Modality[],
): PreparedConversation {
  const none = new Uint8Array(conversation.length)
  return (Object.keys(conversation.features) as Modality[])
    .filter((modality) => !modalities.includes(modality))
    .reduce((rest, modality) => withoutModality(rest, modality, none), conversation)
}

/** Indices of the conversations, in groups whose padded size stays within {@link UTTERANCES_AT_ONCE}. */
function groupByLength(conversations: readonly PreparedConversation[]): number[][] {
  const order = conversations.map((_, index) => index)
  order.sort((a, b) => conversations[b]!.length - conversations[a]!.length)
  const groups: number[][] = []
  let room = 0
  for (const index of order) {
    const longest = groups.length === 0 ? 0 : conversations[groups.at(-1)![0]!]!.length
    if (room < longest || groups.length === 0) {
      groups.push([])
      room = UTTERANCES_AT_ONCE
    }
    groups.at(-1)!.push(index)
    room -= conversations[groups.at(-1)![0]!]!.length
  }
  return groups
}

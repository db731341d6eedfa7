import type { Conversation, Utterance } from '../conversation/conversation.ts'
import type { Modality } from '../conversation/modality.ts'
import type { Mode } from '../conversation/mode.ts'
import type { UtteranceLabel, UtteranceRevised } from '../server/protocol/server-messages.ts'
import { connect } from './client.ts'
import { encodeFeatures } from './encode-features.ts'
import type { Client, ConnectOptions, TranscriptInput } from './types.ts'

export interface PlayOptions extends ConnectOptions {
  readonly mode: Mode
  /** 1 is true speed, 2 twice as fast; `Infinity` sends each utterance as soon as the one before is labelled. */
  readonly speed: number
  /** At least this long between one label and the next utterance, in ms, for somebody who reads along. Default 0. */
  readonly gapMs?: number
  /** Which of the utterances' own features are sent. */
  readonly sendFeatures: readonly Modality[]
  /** What the labels are for; playing a recorded conversation is itself the consent of whoever may use it. */
  readonly purpose: string
  readonly onLabel?: (label: UtteranceLabel, utterance: Utterance) => void
  readonly onRevised?: (revised: UtteranceRevised, utterance: Utterance) => void
}

/** What a server said of one utterance, after the last revision. */
export interface PlayedUtterance {
  readonly utterance: Utterance
  readonly label: string
  /** [C], in the order of the label set. */
  readonly probabilities: Float32Array
  readonly modalities: readonly Modality[]
  /** Of the server: from receipt to label. */
  readonly latencyMs: number
  /** Of the client: from sending to label. */
  readonly roundTripMs: number
}

export interface PlayedConversation {
  readonly conversation: Conversation
  readonly utterances: readonly PlayedUtterance[]
  /** How many `utterance.revised` came, and how many of them changed a label. */
  readonly revisions: number
  readonly changes: number
  /** From the first utterance to the last label. */
  readonly durationMs: number
}

/**
 * Plays a conversation to a server through one WebSocket of its own: each utterance once it has ended (at `speed`) and
 * the one before is labelled, in the conversation's order.
 *
 * @throws EMO_CONNECTION_FAILED, EMO_CONNECTION_CLOSED, and what the server answers
 */
export async function playConversation(
  url: string,
  conversation: Conversation,
  options: PlayOptions,
): Promise<PlayedConversation> {
  const client = await connect(url, options)
  try {
    return await play(client, conversation, options)
  } finally {
    client.terminate()
  }
}

async function play(client: Client, conversation: Conversation, options: PlayOptions): Promise<PlayedConversation> {
  const { utterances } = conversation
  const byId = new Map(utterances.map((utterance) => [utterance.id, utterance]))
  const revised = new Map<string, UtteranceRevised>()
  let revisions = 0
  let changes = 0
  client.on('utterance.revised', (message) => {
    revisions++
    if (message.label !== message.previous_label) changes++
    revised.set(message.utterance_id, message)
    options.onRevised?.(message, byId.get(message.utterance_id)!)
  })
  await client.configure({
    mode: options.mode,
    participants: [...new Set(utterances.map(({ speaker }) => speaker))].map((id) => ({ id })),
    consent: true,
    purpose: options.purpose,
  })

  const { speed, gapMs = 0 } = options
  const began = performance.now()
  const given: { utterance: Utterance; label: UtteranceLabel; roundTripMs: number }[] = []
  for (const utterance of utterances) {
    await waitUntil(Math.max(began + utterance.endMs / speed, given.length === 0 ? 0 : performance.now() + gapMs))
    const sent = performance.now()
    const label = await client.label(toTranscript(utterance, options.sendFeatures))
    given.push({ utterance, label, roundTripMs: performance.now() - sent })
    options.onLabel?.(label, utterance)
  }
  const durationMs = performance.now() - began
  // The answer to `session.close` comes after the last revision.
  await client.close()
  return {
    conversation,
    revisions,
    changes,
    durationMs,
    utterances: given.map(({ utterance, label, roundTripMs }) => {
      const last = revised.get(utterance.id) ?? label
      return {
        utterance,
        label: last.label,
        probabilities: Float32Array.from(last.probabilities, ({ probability }) => probability),
        modalities: last.modalities,
        latencyMs: label.latency_ms,
        roundTripMs,
      }
    }),
  }
}

function toTranscript(utterance: Utterance, sendFeatures: readonly Modality[]): TranscriptInput {
  return {
    utterance_id: utterance.id,
    participant: utterance.speaker,
    text: utterance.text ?? '',
    start_ms: utterance.startMs,
    end_ms: utterance.endMs,
    features: encodeFeatures(utterance.features, sendFeatures),
  }
}

async function waitUntil(time: number): Promise<void> {
  const ms = time - performance.now()
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
}

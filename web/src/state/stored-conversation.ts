import { MODES } from '../../../src/conversation/mode.ts'
import type { StoredConversation } from '../session/api.ts'
import { type ConversationState, EMPTY_CONVERSATION, type ShownUtterance } from './conversation-state.ts'

/** A conversation that is over, as `GET /v1/sessions/:id` tells it. */
export function conversationOf(stored: StoredConversation): ConversationState {
  const { session_id, mode, participants, purpose, model, utterances } = stored
  return {
    ...EMPTY_CONVERSATION,
    sessionId: session_id,
    model: { name: model.name, modes: [...MODES], speech_recogniser: null },
    settings: { mode, participants, purpose, segmentation: 'client' },
    utterances: utterances.map(utteranceOf).toSorted((a, b) => a.startMs - b.startMs),
    closed: 'client',
  }
}

function utteranceOf(stored: StoredConversation['utterances'][number]): ShownUtterance {
  const { label, first_label: first } = stored
  return {
    id: stored.utterance_id,
    participant: stored.participant,
    startMs: stored.start_ms,
    endMs: stored.end_ms,
    text: stored.text,
    phase: 'labelled',
    label,
    probabilities: stored.probabilities,
    modalities: stored.modalities,
    missing: {},
    mode: stored.mode,
    final: stored.final,
    latencyMs: stored.latency_ms,
    attention: stored.attention ?? [],
    // Only the first of them is kept.
    formerLabels: first === label ? [] : [first],
  }
}

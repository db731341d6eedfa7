import type { StoredConversation, StoredUtterance } from '../store/stored-conversation.ts'

/** A conversation with its labels, as `GET /v1/sessions/:id` answers; the protocol's names. */
export function conversationToJson(conversation: StoredConversation) {
  const { sessionId, createdAt, closedAt, mode, labelSet, model, participants, purpose, utterances } = conversation
  return {
    session_id: sessionId,
    created_at: new Date(createdAt).toISOString(),
    closed_at: closedAt === undefined ? null : new Date(closedAt).toISOString(),
    mode,
    label_set: labelSet,
    model,
    participants,
    purpose,
    utterances: utterances.map(utteranceToJson),
  }
}

/** One utterance with its label, as it was last told. */
function utteranceToJson(utterance: StoredUtterance) {
  return {
    utterance_id: utterance.utteranceId,
    participant: utterance.participant,
    text: utterance.text,
    start_ms: utterance.startMs,
    end_ms: utterance.endMs,
    label: utterance.label,
    first_label: utterance.firstLabel,
    revisions: utterance.revisions,
    probabilities: utterance.probabilities,
    modalities: utterance.modalities,
    mode: utterance.mode,
    final: utterance.final,
    latency_ms: utterance.latencyMs,
    ...(utterance.attention !== undefined && { attention: utterance.attention }),
  }
}

/** One line of JSON for each utterance, in the order of labelling, with the session's id. */
export function conversationToJsonl(conversation: StoredConversation): string {
  const { sessionId, utterances } = conversation
  return utterances.map((one) => `${JSON.stringify({ session_id: sessionId, ...utteranceToJson(one) })}\n`).join('')
}

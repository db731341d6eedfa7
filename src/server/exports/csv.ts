import { stringify } from 'csv-stringify/sync'
import { LABEL_SETS } from '../../conversation/label-sets.ts'
import type { StoredConversation } from '../store/stored-conversation.ts'
import { participantNames } from './titles.ts'

/**
 * A row for each utterance, in the order of labelling, under a head; RFC 4180. The probability of label `x` is in column
 * `p_x`. What a spreadsheet would take for a formula is given an apostrophe in front.
 */
export function conversationToCsv(conversation: StoredConversation): string {
  const nameOf = participantNames(conversation)
  const labels: readonly string[] = LABEL_SETS[conversation.labelSet]
  const columns = [
    'session_id',
    'utterance_id',
    'participant',
    'name',
    'start_ms',
    'end_ms',
    'text',
    'label',
    'first_label',
    'revisions',
    ...labels.map((label) => `p_${label}`),
    'modalities',
    'mode',
    'final',
    'latency_ms',
  ]
  const rows = conversation.utterances.map((utterance) => [
    conversation.sessionId,
    utterance.utteranceId,
    utterance.participant,
    nameOf(utterance.participant),
    utterance.startMs,
    utterance.endMs,
    utterance.text,
    utterance.label,
    utterance.firstLabel,
    utterance.revisions,
    ...labels.map((label) => utterance.probabilities.find(({ name }) => name === label)?.probability),
    utterance.modalities.join(' '),
    utterance.mode,
    String(utterance.final),
    utterance.latencyMs,
  ])
  return stringify([columns, ...rows], { escape_formulas: true, record_delimiter: 'windows' })
}

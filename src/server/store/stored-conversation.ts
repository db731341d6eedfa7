import { LABEL_SETS, type LabelSetName } from '../../conversation/label-sets.ts'
import type { Modality } from '../../conversation/modality.ts'
import type { Mode } from '../../conversation/mode.ts'
import { namedProbabilities } from '../probabilities.ts'
import type { WireParticipant } from '../protocol/client-messages.ts'
import type { AttentionEdge, UtteranceLabel } from '../protocol/server-messages.ts'
import type { SessionUtterance } from '../session-utterance.ts'
import type { StoredSession } from './session-rows.ts'
import type { StoredUtteranceRow } from './utterance-rows.ts'

/** A conversation as its client was told it, for exports and `GET /v1/sessions/:id`. */
export interface StoredConversation {
  readonly sessionId: string
  /** Milliseconds since 1970, as is `closedAt`. */
  readonly createdAt: number
  /** Absent: it can still go on. */
  readonly closedAt?: number | undefined
  readonly mode: Mode
  readonly labelSet: LabelSetName
  readonly model: { readonly name: string; readonly sha256: string }
  /** In the order in which they were named. */
  readonly participants: readonly WireParticipant[]
  readonly purpose?: string | undefined
  /** Those that have a label, in the order in which they were labelled. */
  readonly utterances: readonly StoredUtterance[]
}

/** Label, probabilities and mode are those last told. */
export interface StoredUtterance extends Omit<SessionUtterance, 'features'> {
  readonly label: string
  readonly probabilities: UtteranceLabel['probabilities']
  readonly modalities: readonly Modality[]
  readonly mode: Mode
  /** It will not change any more: given live, or the session is closed. */
  readonly final: boolean
  readonly latencyMs: number
  /** How often it was revised. */
  readonly revisions: number
  readonly firstLabel: string
  /** The graph's edges into it, where the session asked for them and the label is live. */
  readonly attention?: readonly AttentionEdge[] | undefined
}

/** The session and its utterances as they are read from the store. */
export function conversationOf(session: StoredSession, rows: readonly StoredUtteranceRow[]): StoredConversation {
  const { id, settings, model, createdAt, closedAt } = session
  const labels = LABEL_SETS[model.labelSet]
  return {
    sessionId: id,
    createdAt,
    closedAt,
    mode: settings.mode,
    labelSet: model.labelSet,
    model: { name: model.name, sha256: model.sha256 },
    participants: settings.participants,
    purpose: settings.purpose,
    utterances: rows.flatMap(({ utteranceId, participant, text, startMs, endMs, told }) => {
      if (told === undefined) return []
      const probabilities = namedProbabilities(labels, told.probabilities)
      const final = told.mode === 'live' || closedAt !== undefined
      return [{ utteranceId, participant, text, startMs, endMs, ...told, probabilities, final }]
    }),
  }
}

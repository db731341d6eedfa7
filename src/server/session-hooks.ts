import type { Features } from '../conversation/conversation.ts'
import type { UtteranceProbabilities } from '../model/streaming.ts'
import type { InterimLabels } from './interim.ts'
import type { Unnumbered } from './protocol/server-messages.ts'
import type { SessionUtterance } from './session-utterance.ts'
import type { Settings } from './settings.ts'

/** A session as far as interim labels need it. */
export interface InterimSession {
  readonly settings: () => Settings
  /** What there is of an utterance so far, as its final label would take it. */
  readonly inputs: (utterance: SessionUtterance) => Promise<Features>
  /** A label that leaves no trace; undefined when the session labels nothing. */
  readonly preview: (utterance: SessionUtterance, features: Features) => UtteranceProbabilities | undefined
  /** Sends a message that is not kept. */
  readonly tell: (message: Unnumbered) => void
  readonly onFault: (cause: unknown) => void
}

/** Makes what labels the utterances of one session that are still being spoken. */
export type CreateInterimLabels = (session: InterimSession) => InterimLabels

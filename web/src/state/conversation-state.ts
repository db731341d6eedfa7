import type { Modality, PerModality } from '../../../src/conversation/modality.ts'
import type { Mode } from '../../../src/conversation/mode.ts'
import type { WireParticipant } from '../../../src/server/protocol/client-messages.ts'
import type { Segmentation } from '../../../src/server/protocol/fields.ts'
import type {
  AttentionEdge,
  CloseReason,
  QualityLevel,
  SessionCreated,
} from '../../../src/server/protocol/server-messages.ts'

export type Probabilities = readonly { readonly name: string; readonly probability: number }[]

/** One utterance as the page shows it. */
export interface ShownUtterance {
  readonly id: string
  readonly participant: string
  readonly startMs: number
  /** Undefined while it is being spoken and nothing has said how far it reaches. */
  readonly endMs: number | undefined
  readonly text: string
  /** `speaking`: no label for the whole of it yet; what there is, is interim. */
  readonly phase: 'speaking' | 'labelled'
  readonly label: string | undefined
  readonly probabilities: Probabilities
  readonly modalities: readonly Modality[]
  readonly missing: PerModality<string>
  readonly mode: Mode | undefined
  /** True once the label cannot change any more. */
  readonly final: boolean
  readonly latencyMs: number | undefined
  readonly attention: readonly AttentionEdge[]
  /** The labels that it had before, oldest first: what revisions have changed. */
  readonly formerLabels: readonly string[]
}

export interface ConversationSettings {
  readonly mode: Mode
  readonly participants: readonly WireParticipant[]
  readonly segmentation: Segmentation
  readonly purpose: string | undefined
}

/** What the page asks of the model that labels a conversation. */
export type ShownModel = Pick<SessionCreated['model'], 'name' | 'modes' | 'speech_recogniser'>

/** Everything that the server has said of one conversation, and what of it is not shown. */
export interface ConversationState {
  readonly sessionId: string | undefined
  readonly model: ShownModel | undefined
  readonly limits: SessionCreated['limits'] | undefined
  readonly settings: ConversationSettings | undefined
  /** In the order in which they began. */
  readonly utterances: readonly ShownUtterance[]
  /** Participants who have taken back what they were typing (withdrawal.ts). */
  readonly withdrawn: ReadonlySet<string>
  readonly quality: { readonly level: QualityLevel; readonly reason: string } | undefined
  /** Why the server reads what it is sent later than it comes; undefined when it keeps up. */
  readonly heldBack: string | undefined
  /** Media frames that were not used. */
  readonly droppedFrames: number
  readonly lastDrop: string | undefined
  readonly closed: CloseReason | undefined
}

export const EMPTY_CONVERSATION: ConversationState = {
  sessionId: undefined,
  model: undefined,
  limits: undefined,
  settings: undefined,
  utterances: [],
  withdrawn: new Set(),
  quality: undefined,
  heldBack: undefined,
  droppedFrames: 0,
  lastDrop: undefined,
  closed: undefined,
}

import type { Conversation } from '../../../src/conversation/conversation.ts'
import type { WireParticipant } from '../../../src/server/protocol/client-messages.ts'
import type { ConversationSettings } from '../state/conversation-state.ts'
import type { Switches } from '../state/page-state.ts'

/** What a meeting begins with. */
export interface MeetingPlan extends Switches {
  readonly participants: readonly WireParticipant[]
  readonly purpose: string
}

/** What is replayed, and how. */
export interface ReplayPlan extends Pick<ConversationSettings, 'mode'> {
  readonly conversation: Conversation
  readonly title: string
  /** The key of a bundled conversation, by which a reload finds it again. */
  readonly bundled?: string | undefined
  readonly speed: number
}

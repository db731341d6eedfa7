import type { Features } from '../conversation/conversation.ts'

/** When a participant of a session spoke. Times in ms from the start of the conversation. */
export interface UtteranceSpan {
  readonly utteranceId: string
  readonly participant: string
  readonly startMs: number
  readonly endMs: number
}

/** What was said. Which features these are (those that the client gave, or all) is for who hands it on to say. */
export interface SessionUtterance extends UtteranceSpan {
  readonly text: string
  readonly features: Features
}

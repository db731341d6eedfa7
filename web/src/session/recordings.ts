import movingHouse from '../../../examples/moving-house.jsonl?raw'
import type { Conversation } from '../../../src/conversation/conversation.ts'
import { parseRecording } from './parse-recording.ts'

export interface BundledRecording {
  readonly key: string
  readonly title: string
  readonly description: string
  readonly conversation: Conversation
}

/** The conversations that come with the page: examples/README.md. */
export function bundledRecordings(): readonly BundledRecording[] {
  return [
    {
      key: 'moving-house',
      title: 'Moving house',
      description: 'Two invented people on the day they move; 39 utterances, under four minutes.',
      conversation: parseRecording('moving-house.jsonl', movingHouse)[0]!,
    },
  ]
}

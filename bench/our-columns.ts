import type { Conversation } from '../src/conversation/conversation.ts'
import { FUNCTIONAL_COLUMNS } from '../src/encoders/audio/functionals.ts'

/** Whether our audio extractor makes a column. */
export const isOurs = (column: string): boolean => FUNCTIONAL_COLUMNS.includes(column)

/** A conversation of which every utterance has audio in `columns`, without those that our extractor does not make. */
export function withOurColumns(conversation: Conversation, columns: readonly string[]): Conversation {
  const utterances = conversation.utterances.map((utterance) => {
    const audio = utterance.features.audio!.map((value, k) => (isOurs(columns[k]!) ? value : Number.NaN))
    return { ...utterance, features: { ...utterance.features, audio } }
  })
  return { ...conversation, utterances }
}

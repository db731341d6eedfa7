import { LABEL_TITLES } from '../../conversation/label-sets.ts'
import type { StoredConversation, StoredUtterance } from '../store/stored-conversation.ts'

/** The word for a label: `hap` is `happy`. */
export const titleOf = (label: string): string => LABEL_TITLES[label] ?? label

/** Each participant's name for people: the given one, or the id. */
export function participantNames({ participants }: StoredConversation): (id: string) => string {
  const names = new Map(participants.map(({ id, name }) => [id, name?.trim() || id]))
  return (id) => names.get(id) ?? id
}

/** The utterances by the time at which they began; formats of media players want that order. */
export const byTime = ({ utterances }: StoredConversation): readonly StoredUtterance[] =>
  utterances.toSorted((a, b) => a.startMs - b.startMs || a.endMs - b.endMs)

import type { ConversationState } from './conversation-state.ts'

/**
 * Words that were being typed are taken back. The server keeps their utterance open until the participant says something,
 * and goes on labelling it while there is sound; the page shows nothing of it until then.
 *
 * @param participant all of them without it
 */
export function withdrawn(state: ConversationState, participant?: string): ConversationState {
  if (state.settings?.segmentation === 'server') return state
  const concerned = (id: string): boolean => participant === undefined || id === participant
  const ids = (state.settings?.participants ?? []).map(({ id }) => id).filter(concerned)
  return {
    ...state,
    withdrawn: new Set([...state.withdrawn, ...ids]),
    utterances: state.utterances.filter((u) => u.phase === 'labelled' || !concerned(u.participant)),
  }
}

/** The participant says something again. */
export function goneOn(state: ConversationState, participant: string): ConversationState {
  if (!state.withdrawn.has(participant)) return state
  return { ...state, withdrawn: new Set([...state.withdrawn].filter((id) => id !== participant)) }
}

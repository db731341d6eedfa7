import type {
  ServerMessage,
  ServerMessageOf,
  UtteranceLabel,
  UtteranceRevised,
} from '../../../src/server/protocol/server-messages.ts'
import { type ConversationState, EMPTY_CONVERSATION, type ShownUtterance } from './conversation-state.ts'

/**
 * The conversation after one more message of the server. Pure, so that a conversation that is played back after a reload
 * ends in the state that it had. An interim label never takes the place of a whole utterance's.
 */
export function reduce(state: ConversationState, message: ServerMessage): ConversationState {
  switch (message.type) {
    case 'session.created':
      return { ...EMPTY_CONVERSATION, sessionId: message.session_id, model: message.model, limits: message.limits }
    case 'session.updated': {
      const { mode, participants, segmentation, purpose } = message
      return { ...state, settings: { mode, participants, segmentation, purpose } }
    }
    case 'utterance.start':
      if (state.withdrawn.has(message.participant)) return state
      return withUtterance(state, message.utterance_id, (known) => known ?? started(message))
    case 'utterance.label': {
      if (message.interim && state.withdrawn.has(message.participant)) return state
      // What was held back is being served.
      const served = state.heldBack === undefined ? state : { ...state, heldBack: undefined }
      return withUtterance(served, message.utterance_id, (known) => labelled(known, message))
    }
    case 'rate_limited':
      return { ...state, heldBack: HELD_BACK[message.reason] }
    case 'utterance.revised':
      return withUtterance(state, message.utterance_id, (known) =>
        known?.phase === 'labelled' ? revised(known, message) : known,
      )
    case 'quality':
      return { ...state, quality: { level: message.level, reason: message.reason } }
    case 'media.dropped': {
      const { kind, reason, frames } = message
      const lastDrop = `${kind === 'audio' ? 'sound' : 'picture'}, ${reason}`
      return { ...state, droppedFrames: state.droppedFrames + frames, lastDrop }
    }
    case 'error':
      // That utterance gets no label.
      return without(state, ({ id, phase }) => id === message.utterance_id && phase === 'speaking')
    case 'session.closed':
      // After a shutdown the conversation goes on; else what is still being spoken gets no label.
      if (message.reason === 'shutdown') return state
      return { ...without(state, ({ phase }) => phase === 'speaking'), closed: message.reason }
    default:
      return state
  }
}

const HELD_BACK: Readonly<Record<ServerMessageOf<'rate_limited'>['reason'], string>> = {
  messages: 'too many messages',
  bytes: 'too many bytes',
  pending: 'too many utterances wait',
  faster_than_real_time: 'faster than real time',
}

function without(state: ConversationState, gone: (utterance: ShownUtterance) => boolean): ConversationState {
  return state.utterances.some(gone) ? { ...state, utterances: state.utterances.filter((u) => !gone(u)) } : state
}

function withUtterance(
  state: ConversationState,
  id: string,
  change: (known: ShownUtterance | undefined) => ShownUtterance | undefined,
): ConversationState {
  const at = state.utterances.findLastIndex((utterance) => utterance.id === id)
  const known = state.utterances[at]
  const changed = change(known)
  if (changed === known || changed === undefined) return state
  if (known !== undefined) return { ...state, utterances: state.utterances.with(at, changed) }
  // A new one goes behind the last that began no later: people talk over each other.
  const behind = state.utterances.findLastIndex((utterance) => utterance.startMs <= changed.startMs)
  return { ...state, utterances: state.utterances.toSpliced(behind + 1, 0, changed) }
}

function started(message: ServerMessageOf<'utterance.start'>): ShownUtterance {
  return {
    id: message.utterance_id,
    participant: message.participant,
    startMs: message.start_ms,
    endMs: undefined,
    text: '',
    phase: 'speaking',
    label: undefined,
    probabilities: [],
    modalities: [],
    missing: {},
    mode: undefined,
    final: false,
    latencyMs: undefined,
    attention: [],
    formerLabels: [],
  }
}

function labelled(known: ShownUtterance | undefined, message: UtteranceLabel): ShownUtterance | undefined {
  if (message.interim && known?.phase === 'labelled') return known
  return {
    id: message.utterance_id,
    participant: message.participant,
    startMs: message.start_ms,
    endMs: message.end_ms,
    text: message.text,
    phase: message.interim ? 'speaking' : 'labelled',
    label: message.label,
    probabilities: message.probabilities,
    modalities: message.modalities,
    missing: message.missing ?? {},
    mode: message.mode,
    final: message.final,
    latencyMs: message.interim ? undefined : message.latency_ms,
    attention: message.attention ?? [],
    formerLabels: known?.phase === 'labelled' ? known.formerLabels : [],
  }
}

function revised(known: ShownUtterance, message: UtteranceRevised): ShownUtterance {
  const { label, probabilities, modalities, mode, final } = message
  const changed = label !== message.previous_label
  return {
    ...known,
    label,
    probabilities,
    modalities,
    mode,
    final,
    phase: 'labelled',
    formerLabels: changed ? [...known.formerLabels, message.previous_label] : known.formerLabels,
  }
}

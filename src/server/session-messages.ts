import { describeModel } from './model-description.ts'
import { PROTOCOL_VERSION } from './protocol/fields.ts'
import type { SessionCreated, SessionResumed, Unnumbered } from './protocol/server-messages.ts'
import type { SessionContext } from './session-context.ts'
import type { UtteranceSpan } from './session-utterance.ts'
import type { Settings } from './settings.ts'

type Body<M> = Omit<M, 'seq' | 'request_id'>

/** The greeting of a new session. */
export function createdMessage(
  { model, speech, limits, resumeMs }: SessionContext,
  id: string,
  token: string,
): Unnumbered {
  const message: Body<SessionCreated> = {
    type: 'session.created',
    session_id: id,
    token,
    protocol: PROTOCOL_VERSION,
    model: describeModel(model, speech?.name),
    limits: {
      message_bytes: limits.messageBytes,
      pending_utterances: limits.pendingUtterances,
      participants: limits.participants,
      history_utterances: model.historyLimit,
      frame_bytes: limits.messageBytes,
      frames_per_second: limits.media.framesPerSecond,
      resume_ms: resumeMs,
    },
  }
  return message
}

/** The settings as they now are. */
export function updatedMessage(settings: Settings, context: SessionContext, requestId: string | undefined): Unnumbered {
  return {
    type: 'session.updated',
    request_id: requestId,
    mode: settings.mode,
    label_set: context.model.labelSet,
    participants: [...settings.participants],
    consent: settings.consent,
    purpose: settings.purpose,
    segmentation: settings.segmentation,
    interim_labels: settings.interimLabels,
    explain: settings.explain,
    store_media: settings.storeMedia,
  }
}

/** An utterance has begun. */
export function startMessage(
  { utteranceId, participant, startMs }: UtteranceSpan,
  requestId: string | undefined,
): Unnumbered {
  return {
    type: 'utterance.start',
    request_id: requestId,
    utterance_id: utteranceId,
    participant,
    start_ms: startMs,
  }
}

/** The answer to `session.resume`. */
export function resumedMessage(body: Omit<Body<SessionResumed>, 'type'>, requestId: string | undefined): Unnumbered {
  return { type: 'session.resumed', request_id: requestId, ...body }
}

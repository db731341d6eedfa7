import type { Features } from '../conversation/conversation.ts'
import { EmographError } from '../errors.ts'
import type { Limits } from './limits.ts'
import type { ParticipantUpdate, SessionUpdate, Transcript, UtteranceEnd } from './protocol/client-messages.ts'
import type { ServedModel } from './served-model.ts'
import { initialSettings, type Settings, updateParticipant, updateSettings } from './settings.ts'
import { decodeFeatures, needsTextEncoding } from './utterance-features.ts'

/** An utterance as far as its client has told it. Times in ms. */
export interface TakenUtterance {
  readonly utteranceId: string
  readonly participant: string
  readonly text: string
  readonly startMs: number
  readonly endMs: number
  readonly features: Features
  /** True with the first transcript of the utterance. */
  readonly started: boolean
}

/**
 * Decides which messages of a client are allowed and what they amount to: settings, and utterances that begin with
 * their first transcript and are whole with the final one. A message that is refused by an error has changed nothing.
 */
export interface Intake {
  readonly settings: Settings
  /** @throws EMO_LABEL_SET_UNSUPPORTED, EMO_PARTICIPANT_LIMIT */
  update(message: SessionUpdate | ParticipantUpdate): Settings
  /**
   * @throws EMO_SESSION_NOT_CONFIGURED, EMO_CONSENT_REQUIRED, EMO_PARTICIPANT_UNKNOWN, EMO_MODALITY_UNSUPPORTED,
   *   EMO_FEATURE_SIZE, EMO_UTTERANCE_EMPTY, EMO_UTTERANCE_DUPLICATE, EMO_MESSAGE_INVALID
   */
  transcript(message: Transcript): TakenUtterance
  /** The open utterance of the participant, whole. @throws as `transcript`, and EMO_UTTERANCE_UNKNOWN */
  end(message: UtteranceEnd): TakenUtterance
}

export function createIntake(model: ServedModel, limits: Limits): Intake {
  let settings: Settings = initialSettings(model)
  let configured = false
  /** Utterances that have begun and are not whole, by participant: one each. */
  const open = new Map<string, TakenUtterance>()
  const usedIds = new Set<string>()
  let made = 0

  function checkAllowed(participant: string): void {
    if (!configured) throw new EmographError('EMO_SESSION_NOT_CONFIGURED')
    if (!settings.consent) throw new EmographError('EMO_CONSENT_REQUIRED')
    if (!settings.participants.some(({ id }) => id === participant))
      throw new EmographError('EMO_PARTICIPANT_UNKNOWN', {
        field: 'participant',
        expected: `one of the ${settings.participants.length} participants`,
        got: 'another',
      })
  }

  function checkContent(utterance: TakenUtterance): void {
    const { text, features } = utterance
    if (Object.keys(features).length === 0 && !needsTextEncoding(text, features, model))
      throw new EmographError('EMO_UTTERANCE_EMPTY')
  }

  function checkId(id: string | undefined, current: TakenUtterance | undefined): void {
    if (id === undefined || id === current?.utteranceId) return
    if (current !== undefined)
      throw new EmographError('EMO_MESSAGE_INVALID', {
        field: 'utterance_id',
        expected: 'the id of the utterance that this participant has open',
        got: 'another id',
        fix: 'Send its final transcript or `utterance.end` first.',
      })
    if (usedIds.has(id)) throw new EmographError('EMO_UTTERANCE_DUPLICATE', { field: 'utterance_id' })
  }

  function makeId(): string {
    let id = `u${++made}`
    while (usedIds.has(id)) id = `u${++made}`
    return id
  }

  function settle(utterance: TakenUtterance, final: boolean): TakenUtterance {
    usedIds.add(utterance.utteranceId)
    // As far as the model looks back: an id that it has forgotten can do no harm.
    if (usedIds.size > model.historyLimit + limits.participants) usedIds.delete(usedIds.keys().next().value!)
    if (final) open.delete(utterance.participant)
    else open.set(utterance.participant, utterance)
    return utterance
  }

  return {
    get settings() {
      return settings
    },
    update(message) {
      settings =
        message.type === 'session.update'
          ? updateSettings(settings, message, model, limits)
          : updateParticipant(settings, message, limits)
      configured ||= message.type === 'session.update'
      return settings
    },
    transcript(message) {
      checkAllowed(message.participant)
      const current = open.get(message.participant)
      checkId(message.utterance_id, current)
      const features = decodeFeatures(message.features, model)
      const utterance: TakenUtterance = {
        utteranceId: '',
        participant: message.participant,
        text: message.text,
        startMs: message.start_ms,
        endMs: message.end_ms,
        features,
        started: current === undefined,
      }
      if (message.final) checkContent(utterance)
      const utteranceId = current?.utteranceId ?? message.utterance_id ?? makeId()
      return settle({ ...utterance, utteranceId }, message.final)
    },
    end(message) {
      checkAllowed(message.participant)
      const current = open.get(message.participant)
      if (current === undefined) throw new EmographError('EMO_UTTERANCE_UNKNOWN', { field: 'participant' })
      checkContent(current)
      const endMs = message.end_ms ?? current.endMs
      if (endMs < current.startMs)
        throw new EmographError('EMO_TIME_ORDER', {
          field: 'end_ms',
          expected: `at least ${current.startMs}`,
          got: `${endMs}`,
        })
      return settle({ ...current, endMs, started: false }, true)
    },
  }
}

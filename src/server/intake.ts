import { EmographError } from '../errors.ts'
import type { Limits } from './limits.ts'
import type { ParticipantUpdate, SessionUpdate, Transcript, UtteranceEnd } from './protocol/client-messages.ts'
import type { ServedModel } from './served-model.ts'
import type { SessionUtterance } from './session-utterance.ts'
import { initialSettings, requireParticipant, type Settings, updateParticipant, updateSettings } from './settings.ts'
import { decodeFeatures, needsTextEncoding } from './utterance-features.ts'

/** An utterance as far as its client has told it, with the features that it gave. */
export interface TakenUtterance extends SessionUtterance {
  /** True with the first transcript of the utterance. */
  readonly started: boolean
  /** Why there are no words, where voice activity has cut the utterance and they could not be written. */
  readonly textMissing?: string | undefined
}

/**
 * Decides which messages of a client are allowed and what they amount to: settings, and utterances that begin with
 * their first transcript and are whole with the final one. A message that is refused by an error has changed nothing.
 */
export interface Intake {
  readonly settings: Settings
  /** The utterances that have begun and are not whole. */
  readonly open: readonly TakenUtterance[]
  /** Words may be taken now. @throws EMO_SESSION_NOT_CONFIGURED, EMO_CONSENT_REQUIRED */
  checkConsent(): void
  /** @throws EMO_LABEL_SET_UNSUPPORTED, EMO_PARTICIPANT_LIMIT */
  update(message: SessionUpdate | ParticipantUpdate): Settings
  /**
   * @throws EMO_SESSION_NOT_CONFIGURED, EMO_CONSENT_REQUIRED, EMO_PARTICIPANT_UNKNOWN, EMO_MODALITY_UNSUPPORTED,
   *   EMO_FEATURE_SIZE, EMO_UTTERANCE_EMPTY, EMO_UTTERANCE_DUPLICATE, EMO_MESSAGE_INVALID
   */
  transcript(message: Transcript): TakenUtterance
  /** The open utterance of the participant, whole. @throws as `transcript`, and EMO_UTTERANCE_UNKNOWN */
  end(message: UtteranceEnd): TakenUtterance
  /** Does `work`; where it throws, nothing has changed. */
  together<T>(work: () => T): T
}

/** Where an intake stands. */
export interface IntakeState {
  readonly settings: Settings
  readonly open: readonly TakenUtterance[]
}

export interface IntakeOptions {
  readonly model: ServedModel
  readonly limits: Limits
  /** True for a name that an utterance of this session has. */
  readonly isUsed: (utteranceId: string) => boolean
  /** True when audio or pictures come too, so that an utterance without words is not empty. */
  readonly streamsMedia: () => boolean
  /** Of a session that goes on. */
  readonly state?: IntakeState | undefined
}

export function createIntake({ model, limits, isUsed, streamsMedia, state }: IntakeOptions): Intake {
  let settings: Settings = state?.settings ?? initialSettings(model)
  let configured = state !== undefined
  /** By participant: one each. */
  const open = new Map((state?.open ?? []).map((utterance) => [utterance.participant, utterance]))
  let made = 0

  function checkConsent(): void {
    if (!configured) throw new EmographError('EMO_SESSION_NOT_CONFIGURED')
    if (!settings.consent) throw new EmographError('EMO_CONSENT_REQUIRED')
  }

  function checkAllowed(participant: string): void {
    checkConsent()
    requireParticipant(settings.participants, participant)
  }

  function checkContent(utterance: TakenUtterance): void {
    const { text, features } = utterance
    if (Object.keys(features).length === 0 && !needsTextEncoding(text, features, model) && !streamsMedia())
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
    if (isUsed(id)) throw new EmographError('EMO_UTTERANCE_DUPLICATE', { field: 'utterance_id' })
  }

  function makeId(): string {
    let id = `u${++made}`
    while (isUsed(id)) id = `u${++made}`
    return id
  }

  function settle(utterance: TakenUtterance, final: boolean): TakenUtterance {
    if (final) open.delete(utterance.participant)
    else open.set(utterance.participant, utterance)
    return utterance
  }

  return {
    get settings() {
      return settings
    },
    get open() {
      return [...open.values()]
    },
    checkConsent,
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
    together(work) {
      const before = { open: [...open], made, settings }
      try {
        return work()
      } catch (error) {
        open.clear()
        for (const [participant, utterance] of before.open) open.set(participant, utterance)
        made = before.made
        settings = before.settings
        throw error
      }
    },
  }
}

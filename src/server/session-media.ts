import { MODALITIES } from '../conversation/modality.ts'
import { EmographError } from '../errors.ts'
import type { TakenUtterance } from './intake.ts'
import type { CreateMediaIntake, HeldMedia, MediaFeatures, MediaHooks, MediaIntake } from './media/media-types.ts'
import { withinTime } from './media/within-time.ts'
import { decodeMediaFrame } from './protocol/media-frame.ts'
import type { QualityLevel } from './protocol/server-messages.ts'
import type { RestoredSession } from './restore.ts'
import type { SessionContext } from './session-context.ts'
import type { Settings } from './settings.ts'
import type { MediaStream } from './store/session-rows.ts'

/** The audio and pictures of one session, whose intake is made with the first frame. */
export interface SessionMedia {
  /** Audio or pictures have come. */
  readonly streams: boolean
  /**
   * The id of the participant whose frame it was.
   * @throws EMO_SESSION_NOT_CONFIGURED, EMO_CONSENT_REQUIRED, EMO_MESSAGE_UNSUPPORTED, and what `MediaIntake.push` throws
   */
  take(frame: Uint8Array, receivedAt: number): string | undefined
  /** The settings have changed. */
  configure(settings: Settings): void
  /** An utterance has begun or goes on. */
  follow(utterance: TakenUtterance): void
  /** Within `mediaDeadlineMs` from now, with what is missing then. Undefined where the session has no media. */
  finish(utterance: TakenUtterance): Promise<MediaFeatures> | undefined
  snapshot(utterance: Pick<TakenUtterance, 'utteranceId'>): Promise<MediaFeatures> | undefined
  discard(utteranceId: string): void
  /** Up to where each participant's media need not be sent again. */
  held(): HeldMedia
  setQuality(level: QualityLevel): void
  /** Ends utterances that voice activity has open, and tells them. */
  end(): Promise<void>
  dispose(): void
}

export interface SessionMediaOptions {
  readonly sessionId: string
  readonly settings: () => Settings
  /** Utterances that have begun before their media. */
  readonly open: () => readonly TakenUtterance[]
  readonly hooks: MediaHooks
  /** Of a session that goes on after a restart. */
  readonly restored?: Pick<RestoredSession, 'streams' | 'media' | 'toldUntilMs'> | undefined
}

/** What is missing when the media of an utterance does not come in time: of the kinds that its participant sends. */
function tooLate(held: ReturnType<MediaIntake['heldUntil']>, participant: string): MediaFeatures {
  const own = held.find((other) => other.participant === participant)
  const sent = { audio: (own?.audioMs ?? 0) > 0, visual: (own?.videoMs ?? 0) > 0 }
  const missing = MODALITIES.filter((modality) => modality !== 'text' && sent[modality])
  return { features: {}, missing: Object.fromEntries(missing.map((modality) => [modality, 'late'])) }
}

export function createSessionMedia(context: SessionContext, options: SessionMediaOptions): SessionMedia {
  const { settings, restored } = options
  let intake: MediaIntake | undefined
  let streams: readonly MediaStream[] = restored?.streams ?? []
  /** Until then what the client sends again after a restart may be waited for. */
  const resentUntil = streams.length > 0 ? context.now() + context.limits.media.resendMs : 0
  let level = context.load.level

  /** Where voice activity cuts the utterances, sound is all that there is to label. */
  function applyLevel(): void {
    intake?.setQuality(level === 'text_only' && settings().segmentation === 'server' ? 'no_interim' : level)
  }

  function start(create: CreateMediaIntake): MediaIntake {
    const made = create(options.hooks)
    made.configure(settings().participants, settings())
    for (const utterance of options.open()) made.begin(utterance)
    intake = made
    applyLevel()
    return made
  }

  function configure(next: Settings): void {
    if (!next.consent) {
      forget()
    } else if (intake !== undefined) {
      intake.configure(next.participants, next)
      applyLevel()
    } else if (next.segmentation === 'server' && context.createMedia !== undefined) start(context.createMedia)
  }

  /** With the consent goes what was taken with it. */
  function forget(): void {
    intake?.dispose().catch(options.hooks.onFault)
    intake = undefined
  }

  function resume(): void {
    if (restored === undefined) return
    configure(settings())
    if (streams.length > 0 && context.createMedia !== undefined) intake ??= start(context.createMedia)
    const kindsOf = (id: string) => streams.filter(({ participant }) => participant === id).map(({ kind }) => kind)
    const former = Array.from(restored.toldUntilMs, ([participant, toldUntilMs]) => ({
      participant,
      kinds: kindsOf(participant),
      toldUntilMs,
    }))
    intake?.restore(former)
  }
  resume()

  /** After a restart only what is written down is known: whose media to wait for, for it is sent again. */
  function takeNote({ participant, kind }: MediaStream): void {
    if (streams.some((each) => each.participant === participant && each.kind === kind)) return
    streams = [...streams, { participant, kind }]
    context.store.sessions.stream(options.sessionId, streams)
  }

  return {
    get streams() {
      return streams.length > 0
    },
    take(frame, receivedAt) {
      const create = context.createMedia
      if (create === undefined) throw new EmographError('EMO_MESSAGE_UNSUPPORTED', { got: 'a binary frame' })
      const { participants, consent } = settings()
      if (participants.length === 0) throw new EmographError('EMO_SESSION_NOT_CONFIGURED')
      if (!consent) throw new EmographError('EMO_CONSENT_REQUIRED')
      const into = intake ?? start(create)
      into.push(frame, receivedAt)
      const { participant: index, kind } = decodeMediaFrame(frame)
      context.observe({ type: 'media.taken', kind, frames: 1 })
      const participant = participants[index]?.id
      if (participant !== undefined) takeNote({ participant, kind })
      return participant
    },
    configure,
    follow(utterance) {
      if (utterance.started) intake?.begin(utterance)
      intake?.progress(utterance)
    },
    finish(utterance) {
      if (intake === undefined) return undefined
      const { heldUntil } = intake
      const { text, features } = utterance
      const alone = text.trim() === '' && Object.keys(features).length === 0
      const whole = intake.finish(utterance, alone)
      // Where there is nothing else to label, a late label is better than none.
      if (alone) return whole
      const deadlineMs = Math.max(context.mediaDeadlineMs, resentUntil - context.now())
      return withinTime(deadlineMs, whole).then((media) => media ?? tooLate(heldUntil(), utterance.participant))
    },
    snapshot: ({ utteranceId }) => intake?.snapshot(utteranceId),
    discard: (utteranceId) => intake?.discard(utteranceId),
    held() {
      const before = new Map(restored?.media.map((held) => [held.participant, held]))
      for (const { participant, audioMs, videoMs } of intake?.heldUntil() ?? []) {
        const { audio_ms = 0, video_ms = 0 } = before.get(participant) ?? {}
        before.set(participant, {
          participant,
          audio_ms: Math.max(audio_ms, Math.floor(audioMs)),
          video_ms: Math.max(video_ms, Math.floor(videoMs)),
        })
      }
      return [...before.values()]
    },
    setQuality(next) {
      level = next
      applyLevel()
    },
    end: async () => intake?.end(),
    dispose: forget,
  }
}

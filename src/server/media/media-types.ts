import type { Features } from '../../conversation/conversation.ts'
import type { PerModality } from '../../conversation/modality.ts'
import type { WireParticipant } from '../protocol/client-messages.ts'
import type { Segmentation } from '../protocol/fields.ts'
import type { MediaKind } from '../protocol/media-frame.ts'
import type { MediaDropped, QualityLevel, SessionResumed } from '../protocol/server-messages.ts'
import type { UtteranceSpan } from '../session-utterance.ts'
import type { MediaChunk } from '../store/media-rows.ts'

/** What a session knows of media: the interface between `session.ts` and the media intake. Times in ms. */

/** What an utterance's audio and pictures amount to. */
export interface MediaFeatures {
  /** Those of `audio` and `visual` that there are, in the columns of the served model. */
  readonly features: Pick<Features, 'audio' | 'visual'>
  /** Why a modality that the session streams is not among them. */
  readonly missing: PerModality<string>
}

/**
 * An utterance that the server's voice activity detection has cut (`segmentation: "server"`); `atMs` is when it found out,
 * by the server's clock.
 */
export type SegmentedUtterance =
  | { readonly type: 'start'; readonly participant: string; readonly atMs: number; readonly startMs: number }
  /** It goes on, at least up to `endMs`; about once a second. */
  | {
      readonly type: 'progress'
      readonly participant: string
      readonly atMs: number
      readonly startMs: number
      readonly endMs: number
    }
  /** `text` is what the speech recogniser has written, empty without one; `textMissing` why it could not write any. */
  | {
      readonly type: 'end'
      readonly participant: string
      readonly atMs: number
      readonly startMs: number
      readonly endMs: number
      readonly text: string
      readonly textMissing?: 'late' | 'unavailable' | undefined
    }

/** One participant's media clocks, in whole numbers; drift is against the server's clock. */
export interface ClockSummary {
  /** The participant's index. */
  readonly participant: number
  readonly audioDriftPpm?: number | undefined
  readonly videoDriftPpm?: number | undefined
  readonly jitterMs?: number | undefined
  /** By how much pictures are stamped later (+) than sound of the same moment. */
  readonly skewMs?: number | undefined
  /** What is added to the times of pictures because of it. */
  readonly correctionMs: number
}

export interface MediaHooks {
  readonly onDropped: (report: Omit<MediaDropped, 'type' | 'seq' | 'request_id'>) => void
  readonly onUtterance: (event: SegmentedUtterance) => void
  /** A fault of the server in work that nobody awaits. */
  readonly onFault: (cause: unknown) => void
  /** The client is connected and read, so that media which does not come was not sent. Default: always. */
  readonly isRead?: () => boolean
  /** What is known of one participant's clocks, when it was acted on and at the end. */
  readonly onClock?: (clock: ClockSummary) => void
  /** Media that was taken, by the conversation's time: for `store_media`. */
  readonly onAccepted?: (media: MediaChunk) => void
}

/** What a session that was read back from the store knows of one participant's media, none of which is in memory. */
export interface FormerMedia {
  readonly participant: string
  /** The kinds that came before, and that the client sends again. */
  readonly kinds: readonly MediaKind[]
  /** Up to where its utterances have been told. */
  readonly toldUntilMs: number
}

/** The audio and the pictures of one session. */
export interface MediaIntake {
  /** One binary frame. @throws a coded error for what is no frame; what is only not used is told by `onDropped` */
  push(frame: Uint8Array, receivedAtMs: number): void
  configure(participants: readonly WireParticipant[], options: { readonly segmentation: Segmentation }): void
  /** Goes on after a restart: utterances wait for what is sent again. Once, before the first frame. */
  restore(former: readonly FormerMedia[]): void
  /** An utterance is known to have begun. */
  begin(utterance: Omit<UtteranceSpan, 'endMs'>): void
  /** It reaches at least until `endMs`. */
  progress(utterance: { readonly utteranceId: string; readonly endMs: number }): void
  /** Of what has come so far. */
  snapshot(utteranceId: string): Promise<MediaFeatures>
  /**
   * Of the whole utterance; waits a bounded time for media that is due.
   *
   * @param alone there is nothing else to label: its sound is taken at every level of quality
   */
  finish(utterance: UtteranceSpan, alone?: boolean): Promise<MediaFeatures>
  discard(utteranceId: string): void
  /** Up to where each participant's media is held. */
  heldUntil(): { readonly participant: string; readonly audioMs: number; readonly videoMs: number }[]
  setQuality(level: QualityLevel): void
  /** Ends utterances that voice activity has open; resolves when all are told. */
  end(): Promise<void>
  dispose(): Promise<void>
}

/** Makes the media intake of one session, when its first frame comes or it asks for `segmentation: "server"`. */
export type CreateMediaIntake = (hooks: MediaHooks) => MediaIntake

export type HeldMedia = SessionResumed['media']

import type { SpeechRecogniser } from '../encoders/speech/speech-recogniser.ts'
import type { Observer } from './events.ts'
import type { Limits } from './limits.ts'
import type { ServerLoad } from './load.ts'
import type { CreateMediaIntake } from './media/media-types.ts'
import type { ServedModel } from './served-model.ts'
import type { CreateInterimLabels } from './session-interim.ts'
import type { SessionStore } from './store/session-store.ts'

/** What all sessions of a server share. */
export interface SessionContext {
  readonly model: ServedModel
  /** Writes the words where voice activity cuts the utterances; absent: these are labelled without. */
  readonly speech?: SpeechRecogniser | undefined
  readonly limits: Limits
  readonly store: SessionStore
  /** How long a session without a connection stays in memory, in ms; it rests in the store afterwards. */
  readonly resumeMs: number
  readonly observe: Observer
  /** Gets the cause of a fault of the server, which the client is not told. */
  readonly onFault: (session: string, cause: unknown) => void
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
  /** Milliseconds since 1970. */
  readonly today: () => number
  /** How busy the server is, and how much it does for that reason. */
  readonly load: Omit<ServerLoad, 'watch'>
  /** Ms after an utterance has become whole for which its label waits for its media. */
  readonly mediaDeadlineMs: number
  /** The intake of audio and pictures; absent: binary frames are refused. */
  readonly createMedia?: CreateMediaIntake | undefined
  /** Labels of utterances that are still being spoken; absent: there are none. */
  readonly createInterim?: CreateInterimLabels | undefined
}

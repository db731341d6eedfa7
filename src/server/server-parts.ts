import type { SpeechRecogniser } from '../encoders/speech/speech-recogniser.ts'
import { createPredictor, type Predictor } from '../recognisers/predictor.ts'
import type { ServerConfig } from './config.ts'
import { openStore } from './data-dir.ts'
import { createMediaEncoders, type MediaEncoders } from './media/media-encoders.ts'
import type { ServedModel } from './served-model.ts'
import type { SessionStore } from './store/session-store.ts'

/** Parts that the caller may have made, which stay the caller's then. */
export interface GivenParts {
  readonly store?: SessionStore | undefined
  readonly predictor?: Predictor | undefined
  readonly mediaEncoders?: MediaEncoders | undefined
}

/** What a server works with and has to let go of. */
export interface ServerParts {
  readonly store: SessionStore
  readonly predictor: Predictor
  readonly mediaEncoders: MediaEncoders
  /** Lets go of those that were made here. */
  release(): Promise<void>
}

export interface PartsSetup {
  readonly model: ServedModel
  readonly speech: SpeechRecogniser | undefined
  readonly config: ServerConfig
}

/** What is given, and what is missing made. @throws EMO_STORE_UNAVAILABLE */
export function openParts(given: GivenParts, { model, speech, config }: PartsSetup): ServerParts {
  const store = given.store ?? openStore(config)
  const predictor = given.predictor ?? createPredictor()
  const { framesPerSecond } = config.limits.media
  const mediaEncoders = given.mediaEncoders ?? createMediaEncoders(model, { framesPerSecond, speech })
  return {
    store,
    predictor,
    mediaEncoders,
    async release() {
      if (given.store === undefined) store.close()
      if (given.predictor === undefined) await predictor.dispose()
      if (given.mediaEncoders === undefined) await mediaEncoders.dispose()
    },
  }
}

import type { Features } from '../conversation/conversation.ts'
import type { PerModality } from '../conversation/modality.ts'
import type { TakenUtterance } from './intake.ts'
import type { MediaFeatures } from './media/media-types.ts'
import type { ServedModel } from './served-model.ts'
import { createTextCache } from './text-cache.ts'
import { needsTextEncoding } from './utterance-features.ts'

export interface UtteranceInputs {
  readonly features: Features
  readonly missing: PerModality<string>
}

/** Makes what the model is given of one session's utterances. */
export type UtteranceInputsOf = (
  utterance: Pick<TakenUtterance, 'text' | 'features'>,
  media: Promise<MediaFeatures> | undefined,
) => Promise<UtteranceInputs>

/**
 * What the model is given of an utterance: its words encoded, what its media amount to, and before both what the client
 * has computed itself. Words and media are worked on at the same time.
 */
export function createUtteranceInputs(model: ServedModel): UtteranceInputsOf {
  const encodeText = createTextCache((text) => encode(text, model))
  return async ({ text, features }, media) => {
    const [encoded, streamed] = await Promise.all([
      needsTextEncoding(text, features, model) ? encodeText(text) : undefined,
      media,
    ])
    const merged = { ...(encoded !== undefined && { text: encoded }), ...streamed?.features, ...features }
    const missing = Object.entries(streamed?.missing ?? {}).filter(([modality]) => !Object.hasOwn(merged, modality))
    return { features: merged, missing: Object.fromEntries(missing) }
  }
}

/** One text at a time: a quantised encoder's vector must not depend on what else is in its batch. */
async function encode(text: string, model: ServedModel): Promise<Float32Array> {
  const [vector] = (await model.textEncoder?.encode([text])) ?? []
  if (vector === undefined) throw new Error('the text encoder gave no vector for a text')
  return vector
}

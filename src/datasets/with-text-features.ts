import type { Conversation, Utterance } from '../conversation/conversation.ts'
import type { TextEncoder } from '../encoders/text/text-encoder.ts'

export interface WithTextFeaturesOptions {
  /** Encode also utterances that have text features already. Default false. */
  readonly replace?: boolean
  /** After each conversation: how many conversations and utterances are done. */
  readonly onProgress?: (progress: TextFeatureProgress) => void
}

export interface TextFeatureProgress {
  readonly conversations: number
  readonly utterances: number
}

/**
 * The same conversations with `features.text` made from `text` by the encoder, one conversation at a time. An utterance
 * without words gets no text feature: the modality is missing, not a vector of silence.
 *
 * With a `cachedTextEncoder` it is resumable, and the second time it is only reading.
 *
 * @example
 * const encoder = await cachedTextEncoder(await createTextEncoder(), 'runs/cache')
 * for await (const conversation of withTextFeatures(readIemocapFeatures(folder), encoder)) …
 */
export async function* withTextFeatures(
  conversations: Iterable<Conversation> | AsyncIterable<Conversation>,
  encoder: Pick<TextEncoder, 'encode'>,
  options: WithTextFeaturesOptions = {},
): AsyncGenerator<Conversation> {
  const done = { conversations: 0, utterances: 0 }
  const wanted = (utterance: Utterance): boolean =>
    (utterance.text ?? '').trim() !== '' && (options.replace === true || utterance.features.text === undefined)

  for await (const conversation of conversations) {
    const texts = conversation.utterances.filter(wanted).map((utterance) => utterance.text!)
    const vectors = (await encoder.encode(texts)).values()
    const utterances = conversation.utterances.map((utterance) =>
      wanted(utterance)
        ? { ...utterance, features: { ...utterance.features, text: vectors.next().value! } }
        : utterance,
    )
    done.conversations += 1
    done.utterances += utterances.length
    options.onProgress?.({ ...done })
    yield { ...conversation, utterances }
  }
}

import type { Conversation } from '../conversation/conversation.ts'
import { openTextEncoder } from '../encoders/text/open-text-encoder.ts'
import { withTextFeatures } from './with-text-features.ts'

/** True when some utterance has words but no text features. */
export function lacksTextFeatures(conversations: readonly Conversation[]): boolean {
  return conversations.some(({ utterances }) =>
    utterances.some(({ text, features }) => features.text === undefined && (text ?? '').trim() !== ''),
  )
}

/**
 * The conversations with text features for every utterance that has words, and the name of the encoder that made those
 * that were missing; undefined when none were, and then no encoder is loaded.
 *
 * @param name what {@link openTextEncoder} takes
 * @param cacheFolder as private as the data: see `cachedTextEncoder`
 */
export async function encodeMissingText(
  conversations: readonly Conversation[],
  name: string,
  cacheFolder: string,
): Promise<{ conversations: readonly Conversation[]; encoder: string | undefined }> {
  if (!lacksTextFeatures(conversations)) return { conversations, encoder: undefined }
  const encoder = await openTextEncoder(name, cacheFolder)
  try {
    const complete: Conversation[] = []
    for await (const conversation of withTextFeatures(conversations, encoder)) complete.push(conversation)
    return { conversations: complete, encoder: encoder.name }
  } finally {
    await encoder.dispose()
  }
}

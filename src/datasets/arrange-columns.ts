import type { Conversation } from '../conversation/conversation.ts'
import { EmographError } from '../errors.ts'
import { readFeatureDescriptions } from './feature-descriptions.ts'

/** A vector whose columns are `own` as one of the columns `wanted`: by name; a column that it lacks is not available (NaN). */
export function arrangeColumns(vector: Float32Array, own: readonly string[], wanted: readonly string[]): Float32Array {
  const place = new Map(own.map((name, k) => [name, k]))
  return Float32Array.from(wanted, (name) => vector[place.get(name) ?? -1] ?? Number.NaN)
}

/**
 * Conversations of an extracted JSONL file with their audio in the columns that a model takes. Our extractor makes 47 of
 * the 66 published IEMOCAP columns; a model that learned from all of them gets the mean for the others, as for any value that
 * is not available. Conversations of a file that does not say its columns stay as they are.
 *
 * @throws EMO_FEATURE_MISSING when the file has none of the columns
 */
export async function* withAudioColumns(
  conversations: AsyncIterable<Conversation>,
  jsonl: string,
  wanted: readonly string[],
): AsyncGenerator<Conversation> {
  const own = (await readFeatureDescriptions(jsonl, ['audio'])).audio?.columns
  if (own === undefined || own.join() === wanted.join()) return yield* conversations
  if (!wanted.some((name) => own.includes(name))) {
    const expected = `some of the ${wanted.length} audio columns that the model takes`
    throw new EmographError('EMO_FEATURE_MISSING', { file: jsonl, expected, got: `${own.length} others` })
  }
  for await (const conversation of conversations) {
    const utterances = conversation.utterances.map((utterance) => {
      const { audio } = utterance.features
      if (audio === undefined) return utterance
      return { ...utterance, features: { ...utterance.features, audio: arrangeColumns(audio, own, wanted) } }
    })
    yield { ...conversation, utterances }
  }
}

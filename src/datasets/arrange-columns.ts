import type { Conversation } from '../conversation/conversation.ts'
import { modalitySchema, type PerModality } from '../conversation/modality.ts'
import { EmographError } from '../errors.ts'
import { readFeatureDescriptions } from './feature-descriptions.ts'

/** A vector whose columns are `own` as one of the columns `wanted`: by name; a column that it lacks is not available (NaN). */
export function arrangeColumns(vector: Float32Array, own: readonly string[], wanted: readonly string[]): Float32Array {
  const place = new Map(own.map((name, k) => [name, k]))
  return Float32Array.from(wanted, (name) => vector[place.get(name) ?? -1] ?? Number.NaN)
}

/**
 * Conversations of an extracted JSONL file with their audio and visual features in the columns that a model takes. Our
 * audio extractor makes 47 of the 66 published IEMOCAP columns; a model that learned from all of them gets the mean for
 * the others, as for any value that is not available. Of the visual encoder's columns a model may take only some.
 * Features of which the file does not say the columns stay as they are.
 *
 * @throws EMO_FEATURE_MISSING when the file has none of a modality's columns
 */
export async function* withColumns(
  conversations: AsyncIterable<Conversation>,
  jsonl: string,
  wanted: PerModality<readonly string[]>,
): AsyncGenerator<Conversation> {
  const described = await readFeatureDescriptions(jsonl, modalitySchema.options)
  const changes = modalitySchema.options.flatMap((modality) => {
    const [own, taken] = [described[modality]?.columns, wanted[modality]]
    if (own === undefined || taken === undefined || own.join() === taken.join()) return []
    if (taken.some((name) => own.includes(name))) return [{ modality, own, taken }]
    const expected = `some of the ${taken.length} ${modality} columns that the model takes`
    throw new EmographError('EMO_FEATURE_MISSING', { file: jsonl, expected, got: `${own.length} others` })
  })
  for await (const conversation of conversations) {
    const utterances = conversation.utterances.map((utterance) => {
      const features = { ...utterance.features }
      for (const { modality, own, taken } of changes) {
        const vector = features[modality]
        if (vector !== undefined) features[modality] = arrangeColumns(vector, own, taken)
      }
      return { ...utterance, features }
    })
    yield { ...conversation, utterances }
  }
}

import { z } from 'zod'
import { modalitySchema, type PerModality } from '../conversation/modality.ts'
import { EmographError } from '../errors.ts'
import type { PreparedConversation } from '../model/prepare.ts'
import { createRng } from './rng.ts'

/**
 * Columns that those who use the model may not have, by modality, and the chance that a conversation is learned from
 * without them. A name that ends in `*` stands for all that begin so.
 */
export const columnDropoutSchema = z.partialRecord(
  modalitySchema,
  z.strictObject({ columns: z.array(z.string().min(1)).min(1), conversation: z.number().min(0).lt(1) }),
)
export type ColumnDropout = z.infer<typeof columnDropoutSchema>

/** {@link ColumnDropout} with the columns' places instead of their names. */
export type DroppedColumns = PerModality<{ readonly places: readonly number[]; readonly chance: number }>

/**
 * @param columns the names of each modality's columns
 * @throws EMO_CONFIG_INVALID where a name stands for no column
 */
export function droppedColumns(dropout: ColumnDropout, columns: PerModality<readonly string[]>): DroppedColumns {
  const dropped: DroppedColumns = {}
  for (const modality of modalitySchema.options) {
    const given = dropout[modality]
    if (given === undefined) continue
    const places = given.columns.flatMap((name) => {
      const found = (columns[modality] ?? []).flatMap((column, place) => (stands(name, column) ? [place] : []))
      if (found.length > 0) return found
      const field = `columnDropout.${modality}.columns`
      throw new EmographError('EMO_CONFIG_INVALID', { field, expected: 'columns of the data', got: name })
    })
    dropped[modality] = { places, chance: given.conversation }
  }
  return dropped
}

const stands = (name: string, column: string): boolean =>
  name.endsWith('*') ? column.startsWith(name.slice(0, -1)) : column === name

/**
 * Conversations as they come, some without the columns, which are then what a column that is not available is in
 * prepared features: 0, in the speaker view as well. Each draw comes from the seed and the conversation's place.
 *
 * @param sizes D of each modality, before a speaker view doubles it
 */
export function dropColumns(
  conversations: readonly PreparedConversation[],
  dropped: DroppedColumns,
  sizes: PerModality<number>,
  seed: number,
): PreparedConversation[] {
  return conversations.map((conversation, index) => {
    const rng = createRng(seed, index)
    const features = { ...conversation.features }
    for (const modality of modalitySchema.options) {
      const [given, size, column] = [features[modality], sizes[modality], dropped[modality]]
      if (column === undefined || rng.uniform() >= column.chance || given === undefined || size === undefined) continue
      const less = given.slice()
      for (let row = 0; row < less.length; row += size) for (const place of column.places) less[row + place] = 0
      features[modality] = less
    }
    return { ...conversation, features }
  })
}

import { z } from 'zod'
import { labelSetNameSchema } from './label-sets.ts'
import type { PerModality } from './modality.ts'

/** Milliseconds from the start of the conversation, an integer. */
export const timeMsSchema = z.int().nonnegative()

export const SPLITS = ['train', 'val', 'test'] as const
export const splitSchema = z.enum(SPLITS)
export type Split = z.infer<typeof splitSchema>

/** One utterance without its features: what was said, by whom, when. Times in ms, `endMs` not before `startMs`. */
export const utteranceSchema = z
  .object({
    id: z.string().min(1),
    speaker: z.string().min(1),
    startMs: timeMsSchema,
    endMs: timeMsSchema,
    text: z.string().optional(),
    /** A label of the conversation's label set, or null: annotated but outside the set, or not annotated. */
    label: z.string().nullable().default(null),
  })
  .refine((utterance) => utterance.endMs >= utterance.startMs, {
    path: ['endMs'],
    error: 'the utterance ends before it starts',
  })

/** The features of one utterance, one vector per modality that it has: text [D_text], audio [D_audio], visual [D_visual]. */
export type Features = PerModality<Float32Array>

export type Utterance = z.infer<typeof utteranceSchema> & { readonly features: Features }

export const conversationSchema = z.object({
  id: z.string().min(1),
  labelSet: labelSetNameSchema.optional(),
  split: splitSchema.optional(),
  utterances: z.array(utteranceSchema),
})

/** A conversation: its utterances in the order in which they began. */
export type Conversation = Omit<z.infer<typeof conversationSchema>, 'utterances'> & {
  readonly utterances: readonly Utterance[]
}

/**
 * Speakers as the model knows them: the index of each utterance's speaker in the order of first appearance.
 * Causal: it looks at no later utterance.
 */
export function speakerIndices(speakers: readonly string[]): Int32Array {
  const seen = new Map<string, number>()
  return Int32Array.from(speakers, (speaker) => {
    const index = seen.get(speaker) ?? seen.size
    seen.set(speaker, index)
    return index
  })
}

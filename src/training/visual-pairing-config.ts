import { z } from 'zod'
import { LABEL_SETS } from '../conversation/label-sets.ts'

const chance = z.number().min(0).max(1)

/**
 * Faces for conversations that have no pictures: during training an utterance is given, by chance, the visual features of
 * pictures of other people whose expression goes with its label. docs/visual-path.md says why, and what it is worth.
 */
export const visualPairingSchema = z.strictObject({
  /** What `emograph extract --pictures` wrote: a picture a conversation, label set `meld7`, only the split `train` is used. */
  faces: z.string().min(1),
  /** The visual columns that the model takes, in order; those in which a picture and a video can be compared. */
  columns: z.array(z.string().min(1)).min(1),
  /** For each label of the data how often a face shows which emotion; a label without an entry gets any picture. */
  emotions: z.record(z.string(), z.partialRecord(z.enum(LABEL_SETS.meld7), z.number().positive())),
  /** Chance that a conversation has a camera; the others stay as they are. */
  conversation: chance.default(0.3),
  /** Chance that it sees the speaker of an utterance. */
  utterance: chance.default(0.9),
  /** Chance that it is the only source of its conversation: no words, no sound. */
  alone: chance.default(0.1),
  /** Chance that a face has nothing to do with the label: its pictures are any. It sets how far faces are trusted. */
  noise: chance.default(0.3),
  /** Pictures that are averaged into an utterance, at most; how many is drawn. */
  pictures: z.int().positive().default(3),
  /** A speaker's own face: so much of each of the speaker's vectors in a conversation is one picture, whatever is felt. */
  resting: z.number().min(0).lt(1).default(0.3),
})
export type VisualPairing = z.infer<typeof visualPairingSchema>

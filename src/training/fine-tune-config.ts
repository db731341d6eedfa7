import { z } from 'zod'

/** What is learned on top of a model that is there already; all else of it stays as it is, bit for bit. */
export const fineTuneSchema = z.strictObject({
  /** The folder of the checkpoint to begin with; `{seed}` in it stands for the run's seed. */
  from: z.string().min(1),
  /** Beginnings of the names of the weights that are learned, such as `late.`. */
  learn: z.array(z.string().min(1)).min(1),
})
export type FineTune = z.infer<typeof fineTuneSchema>

/** Whether a weight of this name is learned. */
export const isLearned = (name: string, learn: readonly string[] | undefined): boolean =>
  learn === undefined || learn.some((beginning) => name.startsWith(beginning))

import { z } from 'zod'

/** How the learning rate moves over a run; every kind multiplies `optimiser.learningRate` by a factor in [0, 1]. */
export const scheduleSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('constant') }),
  z.strictObject({
    kind: z.literal('plateau'),
    /** The factor on a plateau: 0.5 halves, gentle enough that a plateau seen by mistake costs little. */
    factor: z.number().gt(0).lt(1).default(0.5),
    /** Epochs without a better dev score before the rate falls: dev has few conversations, so its score jumps about. */
    patience: z.int().positive().default(5),
    /** The least factor: below a hundredth of the rate nothing moves any more. */
    minimum: z.number().min(0).lt(1).default(0.01),
  }),
  z.strictObject({
    kind: z.literal('cosine'),
    /** Part of all steps in which the rate rises in a line from 0: Adam's second moments are poor at first. */
    warmup: z.number().min(0).lt(1).default(0.1),
    /** The factor at the last step. */
    minimum: z.number().min(0).lt(1).default(0.01),
  }),
])
export type Schedule = z.infer<typeof scheduleSchema>

/** What a schedule remembers from one epoch to the next; plain data, saved with every checkpoint. */
export const scheduleStateSchema = z.object({
  factor: z.number(),
  best: z.number().nullable(),
  waited: z.int(),
})
export type ScheduleState = z.infer<typeof scheduleStateSchema>

export const initialScheduleState: ScheduleState = { factor: 1, best: null, waited: 0 }

/**
 * The factor for a step.
 *
 * - cosine (Loshchilov and Hutter 2017) with linear warm-up over w steps of T, p = (step - w) / (T - 1 - w):
 *   factor = minimum + (1 - minimum) (1 + cos(pi p)) / 2
 * - plateau: the factor that {@link afterEpoch} left
 *
 * @param step the step's number from 0
 * @param totalSteps steps of the whole run if no early stop ends it
 */
export function learningRateFactor(schedule: Schedule, state: ScheduleState, step: number, totalSteps: number): number {
  if (schedule.kind === 'constant') return 1
  if (schedule.kind === 'plateau') return state.factor
  const warmup = Math.round(schedule.warmup * totalSteps)
  if (step < warmup) return (step + 1) / (warmup + 1)
  const progress = Math.min(1, (step - warmup) / Math.max(1, totalSteps - 1 - warmup))
  return schedule.minimum + ((1 - schedule.minimum) * (1 + Math.cos(Math.PI * progress))) / 2
}

/** The state after an epoch with this dev score (higher is better). */
export function afterEpoch(schedule: Schedule, state: ScheduleState, score: number): ScheduleState {
  if (schedule.kind !== 'plateau') return state
  if (state.best === null || score > state.best) return { ...state, best: score, waited: 0 }
  if (state.waited + 1 < schedule.patience) return { ...state, waited: state.waited + 1 }
  return { ...state, factor: Math.max(schedule.minimum, state.factor * schedule.factor), waited: 0 }
}

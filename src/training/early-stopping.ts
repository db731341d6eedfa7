import { z } from 'zod'

/** The best epoch so far, by the dev score (higher is better). Plain data, saved with every checkpoint. */
export const bestEpochSchema = z.object({ epoch: z.int().nonnegative(), score: z.number() })
export type BestEpoch = z.infer<typeof bestEpochSchema>

/**
 * The best epoch after `epoch` gave `score`; on a tie the earlier one stays, so that a longer run that gains nothing
 * changes nothing.
 */
export function betterEpoch(best: BestEpoch | null, epoch: number, score: number): BestEpoch {
  return best === null || score > best.score ? { epoch, score } : best
}

/** True when `patience` epochs have passed since the best one; `null` never stops. */
export function shouldStop(best: BestEpoch, epoch: number, patience: number | null): boolean {
  return patience !== null && epoch - best.epoch >= patience
}

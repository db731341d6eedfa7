import type { Mode } from '../conversation/mode.ts'
import { createRng, shuffled } from './rng.ts'

/** Which numbers of a run's generator tree belong to what; a new use takes a new number. */
const ORDER = 1
const MODE = 2

export interface BatchOptions {
  /** Conversations a batch. */
  readonly batchSize: number
  /** Batches that are sorted by length together: 1 leaves the order to chance alone. */
  readonly bucketBatches: number
  readonly seed: number
  readonly epoch: number
}

/**
 * The batches of one epoch, each item in exactly one of them.
 *
 * Length-bucketed: the shuffled items are taken in buckets of `bucketBatches` batches, each bucket is sorted by length
 * and cut, and the batches are shuffled again. Conversations of like length share a batch, so little of it is padding,
 * while who meets whom still changes with every epoch. The same seed and epoch give the same batches.
 */
export function epochBatches<T extends { readonly length: number }>(items: readonly T[], options: BatchOptions): T[][] {
  const rng = createRng(options.seed, ORDER, options.epoch)
  const order = shuffled(items, rng)
  const bucketSize = options.batchSize * options.bucketBatches
  const batches: T[][] = []
  for (let start = 0; start < order.length; start += bucketSize) {
    const bucket = order.slice(start, start + bucketSize)
    if (options.bucketBatches > 1) bucket.sort((a, b) => a.length - b.length)
    for (let from = 0; from < bucket.length; from += options.batchSize) {
      batches.push(bucket.slice(from, from + options.batchSize))
    }
  }
  return shuffled(batches, rng)
}

/** How many batches {@link epochBatches} gives for `items` items. */
export function batchesPerEpoch(items: number, batchSize: number): number {
  return Math.ceil(items / batchSize)
}

/** The mode of one batch: the one that is trained, or for `both` drawn from the seed and the place, live by `liveShare`. */
export function batchMode(
  { mode, liveShare }: { readonly mode: Mode | 'both'; readonly liveShare: number },
  seed: number,
  epoch: number,
  step: number,
): Mode {
  if (mode !== 'both') return mode
  return createRng(seed, MODE, epoch, step).uniform() < liveShare ? 'live' : 'offline'
}

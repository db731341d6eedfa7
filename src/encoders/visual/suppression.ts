import { type Box, overlap } from './geometry.ts'

/** Anything with a box that was found with some certainty in (0, 1]. */
export interface Scored {
  readonly box: Box
  readonly score: number
}

/**
 * Groups of findings that mean the same thing: the best one first, with all that overlap it by more than `threshold`
 * (intersection over union); then the best of the rest, and so on. Greedy non-maximum suppression keeps the first of each
 * group; BlazeFace blends the group instead (Bazarevsky et al. 2019, section 5), which makes the boxes of a video steadier.
 */
export function overlappingGroups<T extends Scored>(found: readonly T[], threshold: number): T[][] {
  let rest = [...found].sort((a, b) => b.score - a.score)
  const groups: T[][] = []
  while (rest.length > 0) {
    const best = rest[0]!
    groups.push([best, ...rest.slice(1).filter((other) => overlap(best.box, other.box) > threshold)])
    rest = rest.slice(1).filter((other) => overlap(best.box, other.box) <= threshold)
  }
  return groups
}

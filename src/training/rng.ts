import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { mersenne } from 'pure-rand/generator/mersenne'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** A seeded generator of numbers. */
export interface Rng {
  /** Uniform in [0, 1). */
  uniform(): number
  /** Uniform integer in [0, below). */
  integer(below: number): number
}

/**
 * A seed for one place of the training, from the run's seed and where it is, such as `deriveSeed(seed, epoch, step)`.
 *
 * Nothing of the training keeps a generator from one step to the next: every draw comes from a seed of its place, so a
 * resumed run draws exactly what an undisturbed one does and no generator's state has to be saved. The Mersenne
 * Twister spreads neighbouring seeds well, which is all that is asked of it here.
 *
 * @returns an integer in [0, 2^31)
 */
export function deriveSeed(...parts: readonly number[]): number {
  return parts.reduce((seed, part) => mersenne(seed ^ Math.imul(part + 1, 0x9e3779b1)).next() >>> 1, 0)
}

/** A generator for one place of the training, seeded by {@link deriveSeed}. */
export function createRng(...parts: readonly number[]): Rng {
  const generator = xoroshiro128plus(deriveSeed(...parts))
  return {
    uniform: () => uniformFloat64(generator),
    integer: (below) => uniformInt(generator, 0, below - 1),
  }
}

/** The items in a random order (Fisher and Yates 1938), the list itself left as it is. */
export function shuffled<T>(items: readonly T[], rng: Rng): T[] {
  const order = [...items]
  for (let last = order.length - 1; last > 0; last--) {
    const other = rng.integer(last + 1)
    ;[order[last], order[other]] = [order[other]!, order[last]!]
  }
  return order
}

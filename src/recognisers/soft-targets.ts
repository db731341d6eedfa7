import type { Rng } from '../training/rng.ts'

/** One example of a batch: what the network sees and, for each class, how much its -log p counts. */
export interface Target {
  readonly input: Float32Array
  /** [C] */
  readonly target: Float32Array
}

/** (1-ε) w_y at the label's place plus ε/C w_c everywhere [C]: label smoothing and class weights of the loss. */
export function softTarget(
  label: number,
  classes: number,
  { labelSmoothing, classWeights }: { labelSmoothing: number; classWeights: readonly number[] | undefined },
): Float32Array {
  return Float32Array.from({ length: classes }, (_, c) => {
    const share = labelSmoothing / classes + (c === label ? 1 - labelSmoothing : 0)
    return share * (classWeights?.[c] ?? 1)
  })
}

/**
 * MixUp (Zhang et al. 2018): example i becomes λ x_i + (1-λ) x_j with the next example j of the batch, its target
 * likewise, λ drawn from Beta(α, α) for each pair. All inputs have one size.
 */
export function mixUp(batch: readonly Target[], alpha: number, rng: Rng): Target[] {
  if (alpha === 0) return [...batch]
  return batch.map((own, i) => {
    const other = batch[(i + 1) % batch.length]!
    const share = betaNumber(alpha, rng)
    const blend = (a: Float32Array, b: Float32Array) => a.map((value, k) => share * value + (1 - share) * b[k]!)
    return { input: blend(own.input, other.input), target: blend(own.target, other.target) }
  })
}

/** A draw of Beta(α, α), 0 < α <= 1 (Jöhnk 1964): X/(X+Y) of X = U^(1/α), Y = V^(1/α) given that X + Y <= 1. */
export function betaNumber(alpha: number, rng: Rng): number {
  for (;;) {
    const x = rng.uniform() ** (1 / alpha)
    const y = rng.uniform() ** (1 / alpha)
    // Both may fall below the least number there is: draw again.
    if (x + y <= 1 && x + y > 0) return x / (x + y)
  }
}

/** Named arrays of numbers: weights, their average, an optimiser's moments. */
export type NamedArrays = Map<string, Float32Array>

/** A copy that later training steps do not change. */
export function copyArrays(arrays: ReadonlyMap<string, Float32Array>): NamedArrays {
  return new Map([...arrays].map(([name, values]) => [name, values.slice()]))
}

/**
 * Moves the exponential moving average of the weights one step on, in place (Polyak and Juditsky 1992; Tarvainen and
 * Valpola 2017): a <- d a + (1 - d) w, with d = min(decay, (1 + step) / (10 + step)), so that the first weights,
 * which are noise, are soon forgotten.
 *
 * @param step steps taken so far, this one included, from 1
 */
export function updateAverage(
  average: NamedArrays,
  weights: ReadonlyMap<string, Float32Array>,
  decay: number,
  step: number,
): void {
  const keep = Math.min(decay, (1 + step) / (10 + step))
  for (const [name, values] of weights) {
    const running = average.get(name)!
    for (let index = 0; index < values.length; index++) {
      running[index] = keep * running[index]! + (1 - keep) * values[index]!
    }
  }
}

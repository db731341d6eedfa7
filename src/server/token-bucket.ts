/** How fast something may come: `perSecond` for ever, `burst` at once. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** A bucket of `burst` tokens that fills by `perSecond`: what comes takes tokens out. */
export interface TokenBucket {
  /** Takes `amount` in any case, into debt if need be; ms until the debt is paid, 0 when there is none. */
  take(amount: number): number
  /** Takes `amount` only if it is there, and gives 0; otherwise ms until it will be. */
  tryTake(amount: number): number
}

/** @param now ms of a clock that never goes back */
export function createTokenBucket({ perSecond, burst }: Rate, now: () => number): TokenBucket {
  // In thousandths, so that whole milliseconds at a whole rate add up to whole numbers.
  const most = burst * 1_000
  let level = most
  let at = now()

  function refill(): void {
    const time = now()
    level = Math.min(most, level + (time - at) * perSecond)
    at = time
  }

  /** Ms until the bucket holds `amount`; at most a whole bucket, which is all that it can ever hold. */
  const waitFor = (amount: number): number =>
    Math.max(0, Math.ceil((Math.min(amount * 1_000, most) - level) / perSecond))

  return {
    take(amount) {
      refill()
      level -= amount * 1_000
      return waitFor(0)
    },
    tryTake(amount) {
      refill()
      const wait = waitFor(amount)
      if (wait === 0) level -= amount * 1_000
      return wait
    },
  }
}

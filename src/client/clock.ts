/** Time and chance as the client meets them, so that tests can hold both in their hands. */
export interface ClientClock {
  /** Milliseconds; never goes back. */
  now(): number
  /** Calls `task` once after `ms`; the returned function calls it off. */
  after(ms: number, task: () => void): () => void
  /** From 0 to below 1. */
  random(): number
}

export const systemClock: ClientClock = {
  now: () => performance.now(),
  after(ms, task) {
    const timer = setTimeout(task, ms)
    return () => clearTimeout(timer)
  },
  random: Math.random,
}

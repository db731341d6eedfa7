/** The final utterances of all sessions that wait for their labels. */
export interface Workload {
  /** An utterance has become whole; the result is called when it has its label, or never will have. */
  begin(): () => void
  /** How many wait. */
  readonly waiting: number
  /** For how long the oldest of them has waited, ms; 0 when none does. */
  ageMs(): number
}

/** @param now ms of a clock that never goes back */
export function createWorkload(now: () => number): Workload {
  /** In the order in which they came, so the first is the oldest. */
  const since = new Map<symbol, number>()
  return {
    begin() {
      const key = Symbol('utterance')
      since.set(key, now())
      return () => void since.delete(key)
    },
    get waiting() {
      return since.size
    },
    ageMs() {
      const oldest = since.values().next()
      return oldest.done ? 0 : now() - oldest.value
    },
  }
}

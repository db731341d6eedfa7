/** The final utterances of all sessions that wait for their labels. */
export interface Workload {
  /** An utterance has become whole; the result is called when it has its label, or never will have. */
  begin(): () => void
  /** How many wait. */
  readonly waiting: number
  /** For how long the oldest of them has waited, ms; 0 when none does. */
  ageMs(): number
}

/**
 * One session's part of it. Only its next {@link COUNTED} utterances count: what a client has sent all at once, faster than
 * anybody speaks, says nothing of how fast the server is, and must not take the pictures from everybody else.
 */
export interface SessionWorkload {
  /** As {@link Workload.begin}; the time runs from when few enough are before it. */
  begin(): () => void
  /** None of them will have a label. */
  dispose(): void
}

/** As many as several people who speak at once can end in the time that one label takes. */
const COUNTED = 4

export function createSessionWorkload(workload: Pick<Workload, 'begin'>): SessionWorkload {
  /** In order; with what ends its time, where that runs. */
  const utterances = new Map<symbol, (() => void) | undefined>()

  function count(): void {
    for (const [key, end] of [...utterances].slice(0, COUNTED))
      if (end === undefined) utterances.set(key, workload.begin())
  }

  function end(key: symbol): void {
    utterances.get(key)?.()
    utterances.delete(key)
  }

  return {
    begin() {
      const key = Symbol('utterance')
      utterances.set(key, undefined)
      count()
      return () => {
        end(key)
        count()
      }
    },
    dispose() {
      for (const key of utterances.keys()) end(key)
    },
  }
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

import type { ClientClock } from '../../src/client/clock.ts'
import { createRng } from '../../src/training/rng.ts'

/** Time that passes only when nothing is left to do at its present moment. */
export interface FakeTime extends ClientClock {
  /** Lets everything happen until nothing is due, or up to `untilMs`. */
  run(untilMs?: number): Promise<void>
  /** A whole number of ms below `most`. */
  upTo(most: number): number
}

export function createFakeTime(seed: number): FakeTime {
  const rng = createRng(seed)
  let timers: { at: number; order: number; task: () => void }[] = []
  let now = 0
  let order = 0

  return {
    now: () => now,
    random: () => rng.uniform(),
    upTo: (most) => Math.floor(rng.uniform() * most),
    after(ms, task) {
      const timer = { at: now + Math.max(0, ms), order: order++, task }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    async run(untilMs = Number.POSITIVE_INFINITY) {
      for (;;) {
        // Promises first: what they do belongs to this moment.
        await new Promise((resolve) => setImmediate(resolve))
        const [next] = timers.toSorted((a, b) => a.at - b.at || a.order - b.order)
        if (next === undefined || next.at > untilMs) break
        timers = timers.filter((timer) => timer !== next)
        now = next.at
        next.task()
      }
      if (Number.isFinite(untilMs)) now = untilMs
    },
  }
}

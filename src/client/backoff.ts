/** How a client tries to get back to its session. */
export interface ResumeOptions {
  /** It gives up after so long without a connection, in ms. Default: as long as the server keeps the session. */
  readonly maxMs?: number
  /** It gives up after so many attempts in a row. Default: no limit. */
  readonly attempts?: number
  /** Before the first attempt, in ms; each next one waits twice as long. Default 250. */
  readonly firstDelayMs?: number
  /** At most, in ms. Default 10,000. */
  readonly longestDelayMs?: number
}

/**
 * Milliseconds to wait before an attempt (from 0): doubled each time up to the longest, and between half of that and all
 * of it by chance, so that the clients of a server that was down do not come back at one moment.
 */
export function backoffMs(attempt: number, options: ResumeOptions, random: () => number): number {
  const { firstDelayMs = 250, longestDelayMs = 10_000 } = options
  return Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempt, 30)) * (0.5 + random() / 2)
}

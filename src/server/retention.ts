import type { ServerConfig } from './config.ts'
import type { Logger } from './log.ts'
import { IN_MEMORY } from './store/database.ts'

/** How often what is too old is looked for; a conversation lives at most this much longer than was asked. */
const SWEEP_EVERY_MS = 3_600_000

/** Sessions that are kept in memory would fill it up in the time for which a disk has room. */
const LONGEST_IN_MEMORY_MS = 3_600_000

/** Ms after the last message of a conversation, after which a server deletes it; null: never. */
export function retentionOf({ dataDir, retentionMs }: Pick<ServerConfig, 'dataDir' | 'retentionMs'>): number | null {
  if (retentionMs === null || dataDir !== IN_MEMORY) return retentionMs
  return Math.min(retentionMs, LONGEST_IN_MEMORY_MS)
}

export interface RetentionOptions {
  /** As `retentionOf` says; null keeps it until it is deleted by hand. */
  readonly retentionMs: number | null
  /** Removes the conversations without a message since `olderThan` (ms since 1970); how many. */
  readonly deleteExpired: (olderThan: number) => number
  readonly log: Logger
  /** Ms since 1970. */
  readonly now?: () => number
  readonly everyMs?: number
}

/**
 * Deletes what is older than the configuration allows: now, because a server may have been off for long, and from then on
 * every hour. A fault of the store is logged, and the next hour tries again.
 *
 * @returns what ends it
 */
export function startRetention(options: RetentionOptions): () => void {
  const { retentionMs, log, now = Date.now, everyMs = SWEEP_EVERY_MS } = options
  if (retentionMs === null) return () => {}

  const sweep = (): void => {
    try {
      const deleted = options.deleteExpired(now() - retentionMs)
      if (deleted > 0) log.info({ deleted }, 'conversations past their retention time deleted')
    } catch (err) {
      log.error({ err }, 'retention failed')
    }
  }

  sweep()
  const timer = setInterval(sweep, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}

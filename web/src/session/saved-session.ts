import { z } from 'zod'

/** What a reload of the page needs to come back to its conversation. Nothing of what was said is in it. */
const savedSchema = z.object({
  kind: z.enum(['meeting', 'replay']),
  credentials: z.object({ id: z.string(), token: z.string(), lastSeq: z.int().nonnegative() }),
  /** The conversation's time 0, in ms of the computer's clock. */
  startedAt: z.number(),
  speaker: z.string(),
  /** The name of a bundled conversation that can be played on. */
  bundled: z.string().optional(),
})
export type SavedSession = z.infer<typeof savedSchema>

export interface SessionShelf {
  read(): SavedSession | undefined
  write(session: SavedSession): void
  clear(): void
}

const KEY = 'emograph.session'

/** Session storage: it ends with the tab, and other tabs have their own. */
export function createSessionShelf(storage: Storage): SessionShelf {
  return {
    read() {
      try {
        return savedSchema.parse(JSON.parse(storage.getItem(KEY) ?? ''))
      } catch {
        return undefined
      }
    },
    write: (session) => storage.setItem(KEY, JSON.stringify(session)),
    clear: () => storage.removeItem(KEY),
  }
}

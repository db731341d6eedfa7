import type { MediaKind } from '../protocol/media-frame.ts'
import type { MediaLimits } from './limits.ts'
import { withinTime } from './within-time.ts'

export interface DueMediaOptions {
  readonly limits: Pick<MediaLimits, 'graceMs' | 'resendMs'>
  readonly now: () => number
  /** Up to where there is media of a kind; undefined before there is any. */
  readonly untilMs: (kind: MediaKind) => number | undefined
  /** What is not taken for now is not waited for either. */
  readonly isTaken: (kind: MediaKind) => boolean
}

/** One participant's media that is still on its way, and those who wait for it. Times in ms of the conversation. */
export interface DueMedia {
  /** A frame has come. */
  arrived(kind: MediaKind, atMs: number): void
  /** After a restart: what a client sends again is due although nothing of it has come. */
  sentAgain(kinds: readonly MediaKind[]): void
  /** Whether media of the time up to `endMs` is on its way. */
  isDue(endMs: number): boolean
  /** Resolves when it is no more, or has been waited for long enough. */
  wait(endMs: number): Promise<void>
  /** More media is there: whoever has all that he waits for waits no longer. */
  wake(): void
  dispose(): void
}

/** A stream of which nothing came for so long has stopped: nothing is on its way. */
const STOPPED_MS = 1_000

interface Waiter {
  readonly endMs: number
  resolve: () => void
}

export function createDueMedia({ limits, now, untilMs, isTaken }: DueMediaOptions): DueMedia {
  const arrivedAtMs = new Map<MediaKind, number>()
  let resent: { readonly kinds: readonly MediaKind[]; readonly untilMs: number } = { kinds: [], untilMs: 0 }
  const waiters = new Set<Waiter>()

  const comes = (kind: MediaKind): boolean =>
    isTaken(kind) && now() - (arrivedAtMs.get(kind) ?? Number.NEGATIVE_INFINITY) <= STOPPED_MS
  const comesAgain = (kind: MediaKind): boolean => resent.kinds.includes(kind) && now() < resent.untilMs

  function isKindDue(kind: MediaKind, endMs: number): boolean {
    const until = untilMs(kind)
    return (until ?? 0) < endMs && (comesAgain(kind) || (until !== undefined && comes(kind)))
  }

  const isDue = (endMs: number): boolean => isKindDue('audio', endMs) || isKindDue('image', endMs)

  return {
    isDue,
    arrived(kind, atMs) {
      arrivedAtMs.set(kind, atMs)
    },
    sentAgain(kinds) {
      resent = { kinds, untilMs: now() + limits.resendMs }
    },
    async wait(endMs) {
      const waiter: Waiter = { endMs, resolve: () => {} }
      const come = new Promise<void>((resolve) => {
        waiter.resolve = resolve
      })
      waiters.add(waiter)
      await withinTime(Math.max(limits.graceMs, resent.untilMs - now()), come)
      waiters.delete(waiter)
    },
    wake() {
      for (const { endMs, resolve } of waiters) if (!isDue(endMs)) resolve()
    },
    dispose() {
      for (const { resolve } of waiters) resolve()
    },
  }
}

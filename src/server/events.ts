import type { Mode } from '../conversation/mode.ts'
import type { ErrorCode } from '../errors.ts'
import type { ClockSummary } from './media/media-types.ts'
import type { ClientMessageType } from './protocol/client-messages.ts'
import type { MediaKind } from './protocol/media-frame.ts'
import type { CloseReason, MediaDropped, ServerMessageOf, ServerMessageType } from './protocol/server-messages.ts'

/** What happens in a server's sessions, in numbers and names; never words, features or tokens. */
export type ServerEvent =
  /** A connection was greeted; `sessions` are in memory now. */
  | { readonly type: 'session.opened'; readonly session: string; readonly sessions: number }
  /** Taken up again; `restored` when it had to be read from the store. */
  | {
      readonly type: 'session.resumed'
      readonly session: string
      readonly restored: boolean
      readonly replayed: number
    }
  /** Its connection is lost or has ended; it can be resumed when `kept`. */
  | { readonly type: 'session.detached'; readonly session: string; readonly kept: boolean }
  /** No longer in memory; `reason` is absent when it rests in the store. */
  | {
      readonly type: 'session.left'
      readonly session: string
      readonly sessions: number
      readonly reason?: CloseReason
    }
  | {
      readonly type: 'message.received'
      readonly message: ClientMessageType | 'binary' | 'invalid'
      readonly bytes: number
    }
  | { readonly type: 'message.sent'; readonly message: ServerMessageType }
  | { readonly type: 'utterance.labelled'; readonly latencyMs: number; readonly waiting: number }
  /** `final` when the utterance was whole, also where a revision may follow. */
  | { readonly type: 'label.told'; readonly mode: Mode; readonly kind: 'interim' | 'final' | 'revised' }
  | { readonly type: 'media.taken'; readonly kind: MediaKind; readonly frames: number }
  | {
      readonly type: 'media.dropped'
      readonly kind: MediaKind
      readonly reason: MediaDropped['reason']
      readonly frames: number
    }
  /** What one participant's media said of its clocks, when they were corrected and at the end (docs/protocol.md, Clocks). */
  | ({ readonly type: 'media.clock'; readonly session: string } & ClockSummary)
  /** A connection is read more slowly for a while. */
  | { readonly type: 'held'; readonly reason: ServerMessageOf<'rate_limited'>['reason'] }
  /** One transaction of the store. */
  | { readonly type: 'store.written'; readonly ms: number }
  | { readonly type: 'error'; readonly code: ErrorCode }
  /** An upgrade, or a request over HTTP. */
  | { readonly type: 'refused'; readonly code: ErrorCode }

/** Gets each event as it happens; must not throw. */
export type Observer = (event: ServerEvent) => void

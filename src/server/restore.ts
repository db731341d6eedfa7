import type { TakenUtterance } from './intake.ts'
import type { LabelledUtterance } from './labelling.ts'
import type { HeldMedia } from './media/media-types.ts'
import type { Settings } from './settings.ts'
import type { StoredChange } from './store/change-rows.ts'
import type { MediaStream, StoredSession } from './store/session-rows.ts'
import type { SessionStore } from './store/session-store.ts'
import type { StoredUtteranceRow } from './store/utterance-rows.ts'

/** What was accepted and not answered, in its order. */
export type PendingStep =
  | { readonly position: number; readonly utterance: StoredUtteranceRow }
  | { readonly position: number; readonly change: StoredChange }

/** A session as the store has it, ready to go on. */
export interface RestoredSession {
  readonly settings: Settings
  readonly open: readonly TakenUtterance[]
  /** In the order in which the model was given them. */
  readonly labelled: readonly LabelledUtterance[]
  /** As last applied; undefined before the first `session.updated`. */
  readonly applied?: Settings | undefined
  readonly pending: readonly PendingStep[]
  /** The last one that was given out. */
  readonly position: number
  readonly lastSeq: number
  /** Whose audio or pictures have come. */
  readonly streams: readonly MediaStream[]
  /** From where on each participant's media has to be sent again. */
  readonly media: HeldMedia
  /** Up to where each participant's utterances are whole. */
  readonly toldUntilMs: ReadonlyMap<string, number>
}

export function readSession(store: SessionStore, session: StoredSession): RestoredSession {
  const utterances = store.utterances.of(session.id)
  const changes = store.changes.of(session.id)
  const pending = [
    ...utterances
      .filter(({ state }) => state === 'pending')
      .map((row) => ({ position: row.position!, utterance: row })),
    ...changes.filter(({ applied }) => !applied).map((change) => ({ position: change.position, change })),
  ]
  return {
    settings: session.settings,
    open: utterances.filter(({ state }) => state === 'open').map((row) => ({ ...row, started: false })),
    labelled: utterances.flatMap((row) => (row.told === undefined ? [] : [{ ...row, told: row.told }])),
    applied: changes.findLast(({ applied }) => applied)?.settings,
    pending: pending.sort((a, b) => a.position - b.position),
    position: Math.max(0, changes.at(-1)?.position ?? 0, ...utterances.map(({ position }) => position ?? 0)),
    lastSeq: store.messages.lastSeq(session.id),
    streams: session.streams,
    media: session.settings.participants.map(({ id }) => {
      const fromMs = neededFrom(utterances.filter(({ participant }) => participant === id))
      return { participant: id, audio_ms: fromMs, video_ms: fromMs }
    }),
    toldUntilMs: new Map(
      session.settings.participants.map(({ id }) => {
        const whole = utterances.filter(({ participant, state }) => participant === id && state !== 'open')
        return [id, Math.max(0, ...whole.map(({ endMs }) => endMs))]
      }),
    ),
  }
}

/** Frames that began before what is needed reach into it, and utterances overlap by what recognisers pad them with. */
const MEDIA_MARGIN_MS = 1_000

/** Media of one participant before this is of no use any more: it lies before the last label and whatever waits for one. */
function neededFrom(utterances: readonly StoredUtteranceRow[]): number {
  const labelled = utterances.filter(({ state }) => state === 'labelled').map(({ endMs }) => endMs)
  const waiting = utterances
    .filter(({ state }) => state === 'pending' || state === 'open')
    .map(({ startMs }) => startMs)
  return Math.max(0, Math.min(Math.max(0, ...labelled), ...waiting) - MEDIA_MARGIN_MS)
}

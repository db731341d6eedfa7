import type { TakenUtterance } from './intake.ts'
import type { LabelledUtterance } from './labelling.ts'
import type { HeldMedia } from './media/media-types.ts'
import type { Settings } from './settings.ts'
import type { StoredChange } from './store/change-rows.ts'
import type { StoredSession } from './store/session-rows.ts'
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
  readonly streamsMedia: boolean
  /** Up to where media is accounted for: each participant's last label. */
  readonly media: HeldMedia
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
    streamsMedia: session.streamsMedia,
    media: session.settings.participants.map(({ id }) => {
      const endMs = Math.max(0, ...utterances.filter((row) => isLabelledOf(row, id)).map((row) => row.endMs))
      return { participant: id, audio_ms: endMs, video_ms: endMs }
    }),
  }
}

const isLabelledOf = (row: StoredUtteranceRow, participant: string): boolean =>
  row.participant === participant && row.state === 'labelled'

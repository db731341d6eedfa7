import type { MediaKind } from '../server/protocol/media-frame.ts'
import type { SessionResumed, SessionUpdated } from '../server/protocol/server-messages.ts'
import type { ClientClock } from './clock.ts'
import type { Entry, Outbox } from './outbox.ts'

/** Media that the client could not send and had no more room for. */
export interface BufferDropped {
  readonly type: 'buffer.dropped'
  readonly participant: string
  readonly kind: MediaKind
  readonly frames: number
  /** Of the first of them. */
  readonly startMs: number
}

export interface MediaLimits {
  /** How much of each participant's audio and video is kept, in ms. */
  readonly audioMs: number
  readonly videoMs: number
}

export interface Frame {
  readonly participant: string
  readonly kind: MediaKind
  readonly startMs: number
  readonly endMs: number
  readonly data: Uint8Array<ArrayBuffer>
}

/** The newest audio and pictures of each participant, sent or not: what a server that has lost some can be sent again. */
export interface MediaBuffer {
  push(frame: Frame): void
  /** Whether a server that says this of its media has to be sent this one again. */
  needs(entry: Entry, resumed: SessionResumed | undefined, settings: SessionUpdated | undefined): boolean
  dispose(): void
}

/** A picture takes 10 to 60 KB at the sizes that a face needs. */
const BYTES_PER_STREAM = 4 * 1024 * 1024
const REPORT_MS = 1_000

interface Kept {
  readonly frame: Frame
  readonly entry: Entry
}

export function createMediaBuffer(
  outbox: Outbox,
  limits: MediaLimits,
  clock: ClientClock,
  onDropped: (event: BufferDropped) => void,
): MediaBuffer {
  const streams = new Map<string, { frames: Kept[]; bytes: number }>()
  const frameOf = new WeakMap<Entry, Frame>()
  const dropped = new Map<string, BufferDropped>()
  let stopReport: (() => void) | undefined

  function drop({ frame, entry }: Kept): void {
    outbox.remove(entry)
    if (entry.sent) return
    const key = keyOf(frame)
    const { participant, kind, startMs } = dropped.get(key) ?? frame
    dropped.set(key, {
      type: 'buffer.dropped',
      participant,
      kind,
      startMs,
      frames: (dropped.get(key)?.frames ?? 0) + 1,
    })
    stopReport ??= clock.after(REPORT_MS, report)
  }

  function report(): void {
    stopReport = undefined
    const events = [...dropped.values()]
    dropped.clear()
    for (const event of events) onDropped(event)
  }

  return {
    push(frame) {
      const entry = outbox.add({ kind: 'media', data: frame.data })
      frameOf.set(entry, frame)
      const stream = streams.get(keyOf(frame)) ?? { frames: [], bytes: 0 }
      streams.set(keyOf(frame), stream)
      stream.frames.push({ frame, entry })
      stream.bytes += frame.data.byteLength
      const longest = frame.kind === 'audio' ? limits.audioMs : limits.videoMs
      const tooMuch = (oldest: Kept): boolean =>
        stream.bytes > BYTES_PER_STREAM || frame.endMs - oldest.frame.startMs > longest
      for (let [oldest] = stream.frames; oldest !== undefined && tooMuch(oldest); [oldest] = stream.frames) {
        stream.frames.shift()
        stream.bytes -= oldest.frame.data.byteLength
        drop(oldest)
      }
    },
    needs(entry, resumed, settings) {
      const frame = frameOf.get(entry)
      const held = resumed?.media.find(({ participant }) => participant === frame?.participant)
      if (frame === undefined || held === undefined) return true
      const offset = settings?.participants.find(({ id }) => id === frame.participant)?.media_offset_ms ?? 0
      return frame.kind === 'audio' ? frame.startMs + offset >= held.audio_ms : frame.startMs + offset > held.video_ms
    },
    dispose() {
      stopReport?.()
      streams.clear()
    },
  }
}

const keyOf = ({ participant, kind }: Frame): string => `${kind} ${participant}`

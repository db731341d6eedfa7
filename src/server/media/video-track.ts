import type { VisualEncoding } from '../../encoders/visual/look-utterance.ts'
import { isEmographError } from '../../errors.ts'
import type { MediaLimits } from './limits.ts'
import type { LookQueue } from './look-queue.ts'
import type { PictureEncoder } from './media-encoders.ts'
import { createPictureList, type Picture } from './picture-list.ts'
import { withinTime } from './within-time.ts'

export type PictureDropReason = 'late' | 'duplicate' | 'invalid' | 'overload'

export interface VideoTrackOptions {
  readonly limits: Pick<
    MediaLimits,
    'framesPerSecond' | 'reorderMs' | 'keepMs' | 'pictureBytes' | 'lookMs' | 'pictureSide' | 'picturePixels'
  >
  readonly encoder: PictureEncoder
  readonly queue: LookQueue
  readonly onDropped: (reason: PictureDropReason, timeMs: number) => void
  readonly onAdvance: () => void
  readonly onFault: (cause: unknown) => void
}

/** What became of an utterance's pictures; `lost`: some of them are no longer kept. */
export type PictureEncoding =
  | VisualEncoding
  | { readonly missing: 'lost' | 'unavailable' | 'overload'; readonly reason: string }

/** One participant's pictures. Times in ms from the start of the conversation. */
export interface VideoTrack {
  /** False where the picture is dropped, or one too many. */
  push(timeMs: number, jpeg: Uint8Array): boolean
  /** Of the newest picture; undefined before there is one. */
  readonly untilMs: number | undefined
  /** When the next picture is due, going by the last two; undefined before there are two. */
  readonly nextMs: number | undefined
  begin(utteranceId: string, startMs: number): void
  /** Of the pictures from `startMs` up to `endMs`, as far as they are there; those not looked at before are now. */
  encode(startMs: number, endMs: number): Promise<PictureEncoding>
  /** Of those that have been looked at. */
  snapshot(startMs: number, endMs: number): Promise<PictureEncoding>
  discard(utteranceId: string): void
  /** Whether pictures are looked at that belong to no open utterance: where utterances are told when they are whole. */
  lookAhead(ahead: boolean): void
  /** At most so many a second are taken from now on; 0: none. */
  setFramesPerSecond(framesPerSecond: number): void
  dispose(): void
}

/** Pictures of an open utterance that are kept beyond `keepMs`: 10 minutes at 5 a second; seen, each takes a kilobyte. */
const MOST_PICTURES = 3_000
/** A slot is this share of the pictures' regular distance, so that one that jitters finds room; the encoder takes fewer. */
const SLOT = 0.6

/**
 * Pictures by time. What is seen of a picture does not depend on the utterance (see FrameLook), so those of an open
 * utterance are looked at as they come, whatever their order, and at its end only the last is left; which pictures an
 * utterance is made of is decided by their times alone.
 */
export function createVideoTrack(options: VideoTrackOptions): VideoTrack {
  const { limits, encoder } = options
  const queue = options.queue.open()
  const { reorderMs, keepMs, pictureBytes, lookMs, pictureSide, picturePixels } = limits
  const open = new Map<string, number>()
  let framesPerSecond = limits.framesPerSecond
  let ahead = true
  let disposed = false
  let failed = false
  /** The newest picture that was forgotten. */
  let lostUntilMs = -1
  const pictures = createPictureList(() => (SLOT * 1_000) / framesPerSecond)

  /** Where the oldest open utterance begins; infinite where there is none. */
  const openFromMs = (): number => Math.min(...open.values())
  /** Pictures from there on are looked at as they come. */
  const wantedFromMs = (): number => (ahead ? 0 : openFromMs())

  function look(picture: Picture, urgent: boolean): Promise<void> {
    if (picture.state === 'seen' || picture.state === 'gone') return Promise.resolve()
    const done = queue.look(picture.frame, { urgent })
    if (done === undefined) return drop(picture, 'overload')
    if (picture.state === 'waiting') return done.catch(() => undefined) // whoever asked first answers for it
    picture.state = 'waiting'
    return done.then(
      () => {
        if (picture.state === 'waiting') picture.state = 'seen'
        if (!disposed) options.onAdvance()
      },
      (error: unknown) => {
        if (!isEmographError(error, 'EMO_IMAGE_FORMAT')) fail(error)
        else if (picture.state !== 'gone') return drop(picture, 'invalid')
      },
    )
  }

  /** The models cannot be had, or have failed: told once, and pictures are not looked at any more. */
  function fail(error: unknown): void {
    if (failed || disposed) return
    failed = true
    options.onFault(error)
  }

  async function drop(picture: Picture, reason: PictureDropReason): Promise<void> {
    picture.state = 'gone'
    pictures.remove(picture)
    if (!disposed) options.onDropped(reason, picture.timeMs)
  }

  function refuse(reason: PictureDropReason, timeMs: number): boolean {
    options.onDropped(reason, timeMs)
    return false
  }

  function lookAtWanted(): void {
    for (const picture of pictures.between(wantedFromMs(), Number.POSITIVE_INFINITY)) {
      if (picture.state === 'new') void look(picture, false)
    }
  }

  function forget(): void {
    const oldest = Math.min((pictures.newestMs ?? 0) - keepMs, openFromMs())
    for (const { state, timeMs } of pictures.shrink(oldest, pictureBytes, MOST_PICTURES)) {
      lostUntilMs = Math.max(lostUntilMs, timeMs)
      // Old pictures that nobody asked for were never needed; an open utterance's were.
      if (state !== 'seen' && timeMs >= openFromMs()) options.onDropped('overload', timeMs)
    }
  }

  async function encodeSeen(startMs: number, endMs: number): Promise<PictureEncoding> {
    if (failed) return { missing: 'unavailable', reason: 'the models that look at pictures do not run' }
    if (startMs <= lostUntilMs)
      return { missing: 'lost', reason: 'the utterance began before the pictures that are kept' }
    const seen = pictures.between(startMs, endMs).filter(({ state }) => state === 'seen')
    return encoder.encode(seen.map(({ frame }) => frame))
  }

  return {
    get untilMs() {
      return pictures.newestMs
    },
    get nextMs() {
      const [before, last] = pictures.last(2)
      return before && last && 2 * last.timeMs - before.timeMs
    },
    push(timeMs, jpeg) {
      if (failed) return false
      if (framesPerSecond === 0) return refuse('overload', timeMs)
      const place = pictures.room(timeMs)
      if (place === 'taken') return refuse('duplicate', timeMs)
      if (timeMs < (pictures.newestMs ?? 0) - reorderMs) return refuse('late', timeMs)
      if (place === 'beside') return false
      const image = { maxBytes: jpeg.byteLength, maxPixels: picturePixels, maxSide: pictureSide }
      const frame = encoder.see(timeMs, jpeg, image)
      const picture: Picture = { timeMs, bytes: jpeg.byteLength, frame, state: 'new' }
      pictures.add(picture)
      forget()
      if (timeMs >= wantedFromMs()) void look(picture, false)
      return true
    },
    begin(utteranceId, startMs) {
      open.set(utteranceId, startMs)
      lookAtWanted()
    },
    async encode(startMs, endMs) {
      const own = pictures.between(startMs, endMs)
      await withinTime(lookMs, Promise.all(own.map((picture) => look(picture, true))))
      const late = own.filter(({ state }) => state === 'waiting')
      for (const picture of late) void drop(picture, 'overload')
      const encoding = await encodeSeen(startMs, endMs)
      const none = 'missing' in encoding && encoding.missing === 'no-video'
      return late.length > 0 && none ? { missing: 'overload', reason: 'no picture was looked at in time' } : encoding
    },
    snapshot: encodeSeen,
    discard(utteranceId) {
      open.delete(utteranceId)
      forget()
    },
    lookAhead(now) {
      ahead = now
    },
    setFramesPerSecond(now) {
      framesPerSecond = Math.min(now, limits.framesPerSecond)
    },
    dispose() {
      disposed = true
      queue.close()
      open.clear()
    },
  }
}

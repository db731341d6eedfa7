import type { AudioEncoder } from '../../encoders/audio/audio-encoder.ts'
import { AUDIO_SAMPLES_PER_MS } from '../protocol/media-frame.ts'
import { type AudioDropReason, createAudioOrder } from './audio-order.ts'
import { createAudioSpans } from './audio-spans.ts'
import { createTrackedUtterance, type TrackEncoding, type TrackedUtterance } from './audio-utterance.ts'
import type { MediaLimits } from './limits.ts'
import { createSampleRing } from './sample-ring.ts'
import type { TimeSlicer } from './time-slicer.ts'

export interface AudioTrackOptions {
  readonly limits: Pick<MediaLimits, 'reorderMs' | 'joinMs' | 'keepMs'>
  /** Absent: the served model hears nothing; sound is kept for the segmentation alone. */
  readonly encoder?: AudioEncoder | undefined
  readonly slicer: TimeSlicer
  readonly onDropped: (reason: AudioDropReason, startMs: number) => void
  /** More sound is in order. */
  readonly onAdvance: () => void
  /** No sound came in this time, and none is waited for any more. */
  readonly onGap: (fromMs: number, toMs: number) => void
  readonly onFault: (cause: unknown) => void
}

/** One participant's sound. Times in ms from the start of the conversation. */
export interface AudioTrack {
  /** False where the frame is dropped. */
  push(startMs: number, samples: Int16Array): boolean
  /** Where the sound begins and up to where it is in order; undefined before there is any. */
  readonly firstMs: number | undefined
  readonly untilMs: number | undefined
  /** Of the oldest sample that is kept. */
  readonly oldestMs: number
  /** Waits no longer for sound that is missing before `ms`. */
  flush(ms: number): void
  begin(utteranceId: string, startMs: number): void
  reach(utteranceId: string, endMs: number): void
  /** An utterance that began at `startMs` ends there, whatever its name. */
  limit(startMs: number, endMs: number): void
  /**
   * Of the sound from `startMs` to `endMs` as far as it is there; for an open utterance little is left to do. `urgent`: a
   * label waits for it.
   */
  encode(utteranceId: string, startMs: number, endMs: number, urgent?: boolean): Promise<TrackEncoding>
  discard(utteranceId: string): void
  /** A copy of what is kept of the sound from `fromMs` to `toMs`, full scale 1. */
  samples(fromMs: number, toMs: number): Float32Array
  /** Stops encoding ahead while the server is overloaded. */
  pause(paused: boolean): void
  dispose(): void
}

interface Open {
  readonly startMs: number
  /** Undefined until there is sound. */
  utterance: TrackedUtterance | undefined
  advancing: boolean
}

/** Reorder buffer, ring and the open utterances of one participant. */
export function createAudioTrack(options: AudioTrackOptions): AudioTrack {
  const { limits, encoder, slicer } = options
  const ring = createSampleRing(limits.keepMs * AUDIO_SAMPLES_PER_MS)
  const spans = createAudioSpans()
  const open = new Map<string, Open>()
  let paused = false
  const order = createAudioOrder({
    reorderMs: limits.reorderMs,
    joinMs: limits.joinMs,
    onSamples(from, samples) {
      ring.write(from, samples)
      spans.add(from, from + samples.length)
      spans.forgetBefore(earliest())
    },
    onGap(from, count) {
      ring.silence(from, count)
      options.onGap(from / AUDIO_SAMPLES_PER_MS, (from + count) / AUDIO_SAMPLES_PER_MS)
    },
    onDropped: options.onDropped,
  })
  const placeOf = (ms: number): number => ms * AUDIO_SAMPLES_PER_MS

  function earliest(): number {
    let place = ring.oldest
    for (const { startMs } of open.values()) place = Math.min(place, placeOf(startMs))
    return place
  }

  function advance(): void {
    for (const entry of open.values()) {
      if (encoder === undefined || paused || entry.advancing || ring.first === undefined) continue
      entry.utterance ??= createTrackedUtterance(encoder, ring, placeOf(entry.startMs))
      entry.advancing = true
      const done = (): void => {
        entry.advancing = false
      }
      slicer.run(entry.utterance.advance()).then(done, options.onFault)
    }
  }

  function advanced(): void {
    advance()
    options.onAdvance()
  }

  return {
    get firstMs() {
      return ring.first === undefined ? undefined : ring.first / AUDIO_SAMPLES_PER_MS
    },
    get untilMs() {
      return order.position === undefined ? undefined : order.position / AUDIO_SAMPLES_PER_MS
    },
    get oldestMs() {
      return ring.oldest / AUDIO_SAMPLES_PER_MS
    },
    push(startMs, samples) {
      const taken = order.push(startMs, samples)
      if (taken) advanced()
      return taken
    },
    flush(ms) {
      order.flush(placeOf(ms))
      advanced()
    },
    begin(utteranceId, startMs) {
      open.set(utteranceId, { startMs, utterance: undefined, advancing: false })
      advance()
    },
    reach(utteranceId, endMs) {
      open.get(utteranceId)?.utterance?.reach(placeOf(endMs))
    },
    limit(startMs, endMs) {
      for (const entry of open.values()) if (entry.startMs === startMs) entry.utterance?.limit(placeOf(endMs))
    },
    async encode(utteranceId, startMs, endMs, urgent = true) {
      const to = placeOf(endMs)
      const begun = open.get(utteranceId)
      if (encoder === undefined || ring.first === undefined || spans.within(placeOf(startMs), to) === 0) return NOTHING
      const utterance =
        (begun?.startMs === startMs ? begun.utterance : undefined) ??
        createTrackedUtterance(encoder, ring, placeOf(startMs))
      return slicer.run(utterance.encode(to), { urgent })
    },
    discard(utteranceId) {
      open.delete(utteranceId)
    },
    samples(fromMs, toMs) {
      const from = Math.max(ring.oldest, placeOf(fromMs))
      return ring.read(from, Math.max(from, Math.min(ring.end, placeOf(toMs))))
    },
    pause(now) {
      paused = now
      if (!paused) advance()
    },
    dispose() {
      for (const { utterance } of open.values()) utterance?.limit(0)
      open.clear()
    },
  }
}

const NOTHING: TrackEncoding = { missing: 'no-audio', reason: 'no audio came', durationMs: 0 }

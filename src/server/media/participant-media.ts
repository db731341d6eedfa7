import type { Segmentation as Cutting } from '../protocol/fields.ts'
import { AUDIO_SAMPLES_PER_MS, type MediaKind } from '../protocol/media-frame.ts'
import { type AudioTrack, createAudioTrack } from './audio-track.ts'
import type { DropReason, DropReport } from './drop-report.ts'
import { createDueMedia } from './due-media.ts'
import type { MediaLimits } from './limits.ts'
import type { MediaEncoders } from './media-encoders.ts'
import type { CheckedFrame } from './media-frame.ts'
import type { SegmentedUtterance } from './media-types.ts'
import { type ClockReport, createParticipantClock } from './participant-clock.ts'
import { createQuiet } from './quiet.ts'
import { createVideoTrack, type VideoTrack } from './video-track.ts'
import { createVoice, type Voice } from './voice.ts'

export interface ParticipantMediaOptions {
  readonly participant: string
  readonly encoders: MediaEncoders
  readonly limits: MediaLimits
  readonly now: () => number
  readonly onDropped: (kind: DropReport['kind'], reason: DropReason, startMs: number) => void
  readonly onUtterance: (event: SegmentedUtterance) => void
  readonly onFault: (cause: unknown) => void
  /** The client is connected and read. */
  readonly isRead: () => boolean
}

/** What became of one kind of an utterance's media: features in the model's columns, or a word for why there are none. */
export type MediaOutcome = { readonly features: Float32Array } | { readonly missing: string }

export interface Span {
  readonly utteranceId: string
  readonly startMs: number
  readonly endMs: number
}

export interface MediaOf {
  audio(span: Span): Promise<MediaOutcome>
  visual(span: Span): Promise<MediaOutcome>
}

/** The sound and the pictures of one participant: clock, tracks, voice activity. Times in ms of the conversation. */
export interface ParticipantMedia {
  /** When the frame is of, by the conversation's clock. */
  timeOf(frame: CheckedFrame, arrivedAtMs: number): number
  /** False where the frame is dropped. */
  push(frame: CheckedFrame, timeMs: number): boolean
  setOffset(ms: number): void
  setCutting(cutting: Cutting): void
  /** After a restart: these kinds are sent again, and utterances up to there are told already. */
  restore(kinds: readonly MediaKind[], toldUntilMs: number): void
  begin(utteranceId: string, startMs: number): void
  reach(utteranceId: string, endMs: number): void
  discard(utteranceId: string): void
  /** Waits, no longer than the grace, for media of the time up to `endMs` that is on its way. */
  settled(endMs: number): Promise<void>
  /** Of a whole utterance. */
  whole: MediaOf
  /** Of one that is still open: what is known of it by now, in nobody's way. */
  soFar: MediaOf
  /** Up to where media has come; by the client's clock and the declared offset. */
  readonly held: { readonly audioMs: number; readonly videoMs: number }
  readonly clock: ClockReport
  /** Pictures a second; whether sound is encoded ahead. */
  setEffort(framesPerSecond: number, encodeAhead: boolean): void
  /** Ends an utterance that voice activity has open, and tells all that is not told. */
  end(): Promise<void>
  dispose(): void
}

export function createParticipantMedia(options: ParticipantMediaOptions): ParticipantMedia {
  const { participant, encoders, limits, now, onFault } = options
  const clock = createParticipantClock()
  const heldMs = { audio: 0, image: 0 }
  const open = new Map<string, number>()
  let cutting: Cutting = 'client'
  /** Utterances are told when they are whole: pictures are looked at before anybody knows whether they belong to one. */
  let ahead = true
  let effort = { framesPerSecond: limits.framesPerSecond, encodeAhead: true }
  /** Voice activity says nothing of what lies before. */
  let listenFromMs = 0
  let track: AudioTrack | undefined
  let video: VideoTrack | undefined
  let voice: Voice | undefined
  const quiet = createQuiet({
    afterMs: limits.quietMs,
    isRead: options.isRead,
    onQuiet: () => voice?.stop().catch(onFault),
  })
  const due = createDueMedia({
    limits,
    now,
    // A picture stands for the time up to the next.
    untilMs: (kind) => (kind === 'audio' ? track?.untilMs : video?.nextMs),
    isTaken: (kind) => (kind === 'audio' ? effort.encodeAhead : effort.framesPerSecond > 0),
  })

  function audioTrack(): AudioTrack | undefined {
    if (track !== undefined || (encoders.audio === undefined && cutting === 'client')) return track
    track = createAudioTrack({
      limits,
      encoder: encoders.audio,
      slicer: encoders.slicer,
      onDropped: (reason, startMs) => options.onDropped('audio', reason, startMs),
      onAdvance: advanced,
      onGap: (fromMs, toMs) => voice?.skip(fromMs, toMs),
      onFault,
    })
    for (const [utteranceId, startMs] of open) track.begin(utteranceId, startMs)
    track.pause(!effort.encodeAhead)
    listen()
    return track
  }

  function videoTrack(): VideoTrack | undefined {
    if (video !== undefined || encoders.visual === undefined) return video
    video = createVideoTrack({
      limits,
      encoder: encoders.visual,
      queue: encoders.looks,
      onDropped: (reason, timeMs) => options.onDropped('image', reason, timeMs),
      onAdvance: () => undefined,
      onFault,
    })
    video.setFramesPerSecond(effort.framesPerSecond)
    lookAhead(ahead)
    for (const [utteranceId, startMs] of open) video.begin(utteranceId, startMs)
    return video
  }

  function lookAhead(now: boolean): void {
    ahead = now
    video?.lookAhead(ahead && cutting === 'client')
  }

  function listen(): void {
    if (cutting === 'server' && track !== undefined) {
      const { onUtterance } = options
      const { voiceActivity: detector, speech } = encoders
      voice ??= createVoice({ participant, track, detector, speech, limits, now, onUtterance, onFault })
      return
    }
    voice?.end().catch(onFault)
    voice = undefined
  }

  function advanced(): void {
    const { firstMs, untilMs } = track ?? {}
    if (firstMs !== undefined && untilMs !== undefined) voice?.advance(Math.max(firstMs, listenFromMs), untilMs)
    due.wake()
  }

  async function heard({ utteranceId, startMs, endMs }: Span, urgent: boolean): Promise<MediaOutcome> {
    if (track === undefined) return { missing: 'no-audio' }
    return outcomeOf('audio', await track.encode(utteranceId, startMs, endMs, urgent))
  }

  const outcomeOf = (
    modality: 'audio' | 'visual',
    encoding: { readonly features: Float32Array } | { readonly missing: string },
  ): MediaOutcome =>
    'features' in encoding ? { features: encoders.arrange(modality, encoding.features) } : { missing: encoding.missing }

  return {
    timeOf(frame, arrivedAtMs) {
      due.arrived(frame.kind, arrivedAtMs)
      if (frame.kind === 'image') return clock.picture(frame.startMs, arrivedAtMs)
      return clock.audio(frame.startMs, frame.samples.length / AUDIO_SAMPLES_PER_MS, arrivedAtMs)
    },
    push(frame, timeMs) {
      if (frame.kind === 'audio') {
        const taken = audioTrack()?.push(timeMs, frame.samples) ?? false
        if (voice !== undefined) quiet.heard()
        const untilMs = track === undefined ? timeMs + frame.samples.length / AUDIO_SAMPLES_PER_MS : track.untilMs
        heldMs.audio = Math.max(heldMs.audio, untilMs ?? 0)
        return taken
      }
      const taken = videoTrack()?.push(timeMs, frame.jpeg) ?? false
      heldMs.image = Math.max(heldMs.image, timeMs - clock.report.correctionMs)
      due.wake()
      return taken
    },
    setOffset: clock.setOffset,
    setCutting(next) {
      if (cutting === next) return
      cutting = next
      listenFromMs = Math.max(listenFromMs, track?.untilMs ?? 0)
      lookAhead(ahead)
      listen()
    },
    restore(kinds, toldUntilMs) {
      listenFromMs = toldUntilMs
      due.sentAgain(kinds)
    },
    begin(utteranceId, startMs) {
      open.set(utteranceId, startMs)
      track?.begin(utteranceId, startMs)
      // Who tells of utterances while they are spoken gets their pictures looked at then, and no others.
      lookAhead(false)
      video?.begin(utteranceId, startMs)
    },
    reach(utteranceId, endMs) {
      track?.reach(utteranceId, endMs)
    },
    discard(utteranceId) {
      open.delete(utteranceId)
      track?.discard(utteranceId)
      video?.discard(utteranceId)
    },
    async settled(endMs) {
      if (due.isDue(endMs)) await due.wait(endMs)
      track?.flush(endMs)
    },
    whole: {
      audio: (span) => heard(span, true),
      async visual({ utteranceId, startMs, endMs }) {
        if (video === undefined) return { missing: 'no-video' }
        // Told only when it was whole: the next one's pictures are looked at as they come.
        if (!open.has(utteranceId)) lookAhead(true)
        return outcomeOf('visual', await video.encode(startMs, endMs))
      },
    },
    soFar: {
      audio: (span) => heard(span, false),
      async visual({ startMs, endMs }) {
        return video === undefined ? { missing: 'no-video' } : outcomeOf('visual', await video.snapshot(startMs, endMs))
      },
    },
    get held() {
      return { audioMs: heldMs.audio, videoMs: heldMs.image }
    },
    get clock() {
      return clock.report
    },
    setEffort(framesPerSecond, encodeAhead) {
      effort = { framesPerSecond, encodeAhead }
      track?.pause(!encodeAhead)
      video?.setFramesPerSecond(framesPerSecond)
    },
    async end() {
      await voice?.end()
    },
    dispose() {
      quiet.dispose()
      track?.dispose()
      video?.dispose()
      due.dispose()
    },
  }
}

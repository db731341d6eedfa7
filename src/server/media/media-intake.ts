import { EmographError } from '../../errors.ts'
import type { Segmentation } from '../protocol/fields.ts'
import { AUDIO_SAMPLES_PER_MS } from '../protocol/media-frame.ts'
import type { QualityLevel } from '../protocol/server-messages.ts'
import { createDropReports } from './drop-report.ts'
import type { MediaLimits } from './limits.ts'
import type { MediaEncoders } from './media-encoders.ts'
import { type CheckedFrame, parseMediaFrame } from './media-frame.ts'
import type { MediaFeatures, MediaHooks, MediaIntake } from './media-types.ts'
import {
  createParticipantMedia,
  type MediaOf,
  type MediaOutcome,
  type ParticipantMedia,
  type Span,
} from './participant-media.ts'

export interface MediaIntakeOptions {
  readonly encoders: MediaEncoders
  readonly limits: MediaLimits
  /** Milliseconds of a clock that never goes back; that of `receivedAtMs`. */
  readonly now: () => number
}

/** What is done at each level of the quality controller: pictures a second, sound. */
const EFFORTS: Record<QualityLevel, { readonly pictures: number; readonly sound: boolean }> = {
  full: { pictures: Number.POSITIVE_INFINITY, sound: true },
  less_video: { pictures: 1, sound: true },
  no_video: { pictures: 0, sound: true },
  no_interim: { pictures: 0, sound: true },
  text_only: { pictures: 0, sound: false },
}

interface OpenUtterance {
  readonly media: ParticipantMedia
  readonly startMs: number
  reachMs: number
}

/**
 * The media of one session: from binary frames to the features of an utterance. Frames are put on the conversation's clock
 * and in order, a participant at a time; an utterance is made of what lies in its time, whenever it came.
 */
export function createMediaIntake({ encoders, limits, now }: MediaIntakeOptions, hooks: MediaHooks): MediaIntake {
  const drops = createDropReports(hooks.onDropped)
  /** By their index in the binary frames. */
  let order: readonly string[] = []
  const participants = new Map<string, ParticipantMedia>()
  const utterances = new Map<string, OpenUtterance>()
  const streams = { audio: false, image: false }
  let cutting: Segmentation = 'client'
  let level: QualityLevel = 'full'
  /** The latest time of the conversation that is known, and when it was. */
  let latest: { readonly ms: number; readonly atMs: number } | undefined

  function join(participant: string): ParticipantMedia {
    const media = createParticipantMedia({
      participant,
      encoders,
      limits,
      now,
      onDropped: (kind, reason, startMs) => drops.add(participant, kind, reason, Math.floor(startMs)),
      onUtterance: hooks.onUtterance,
      onFault: hooks.onFault,
      isRead: hooks.isRead ?? (() => true),
    })
    participants.set(participant, media)
    makeEffort(media)
    return media
  }

  function makeEffort(media: ParticipantMedia): void {
    const { pictures, sound } = EFFORTS[level]
    media.setEffort(Math.min(pictures, limits.framesPerSecond), sound)
  }

  function noteTime(ms: number): void {
    const at = now()
    if (latest === undefined || ms > latest.ms + (at - latest.atMs)) latest = { ms, atMs: at }
  }

  /** A wrong clock: beyond all that pauses explain. Before anything is known of the conversation's time, any is right. */
  const isAhead = (ms: number): boolean =>
    latest !== undefined && ms > latest.ms + (now() - latest.atMs) + limits.aheadMs

  function take(participant: string, media: ParticipantMedia, frame: CheckedFrame, receivedAtMs: number): void {
    const { correctionMs } = media.clock
    const timeMs = media.timeOf(frame, receivedAtMs)
    if (media.clock.correctionMs !== correctionMs) tellClock(participant, media)
    streams[frame.kind] = true
    const wrong = timeMs < 0 ? 'late' : isAhead(timeMs) ? 'ahead' : undefined
    if (wrong !== undefined) {
      drops.add(participant, frame.kind, wrong, timeMs)
      return
    }
    noteTime(frame.kind === 'audio' ? timeMs + frame.samples.length / AUDIO_SAMPLES_PER_MS : timeMs)
    if (media.push(frame, timeMs)) {
      hooks.onAccepted?.({ participant, kind: frame.kind, startMs: timeMs, payload: frame.payload })
    }
  }

  function gather(audio: MediaOutcome | undefined, visual: MediaOutcome | undefined): MediaFeatures {
    const found = Object.entries({ audio, visual })
    const pick = <T>(field: (outcome: MediaOutcome) => T | undefined): Record<string, T> =>
      Object.fromEntries(
        found.flatMap(([modality, outcome]) => {
          const value = outcome && field(outcome)
          return value === undefined ? [] : [[modality, value]]
        }),
      )
    return {
      features: pick((outcome) => ('features' in outcome ? outcome.features : undefined)),
      missing: pick((outcome) => ('missing' in outcome ? outcome.missing : undefined)),
    }
  }

  function tellClock(participant: string, media: ParticipantMedia): void {
    const { audio, video, skewMs, correctionMs } = media.clock
    if (audio === undefined && video === undefined) return
    const whole = (value: number | undefined): number | undefined => value && Math.round(value)
    hooks.onClock?.({
      participant: order.indexOf(participant),
      audioDriftPpm: whole(audio?.driftPpm),
      videoDriftPpm: whole(video?.driftPpm),
      jitterMs: whole(Math.max(audio?.jitterMs ?? 0, video?.jitterMs ?? 0)),
      skewMs: whole(skewMs),
      correctionMs,
    })
  }

  /** A kind that nobody in the session sends, or that the model does not know, is not missing. */
  async function outcomes(media: MediaOf, span: Span, alone = false): Promise<MediaFeatures> {
    const overload: MediaOutcome = { missing: 'overload' }
    const heard = encoders.audio !== undefined && streams.audio
    const seen = encoders.visual !== undefined && streams.image
    return gather(
      ...(await Promise.all([
        heard ? (EFFORTS[level].sound || alone ? media.audio(span) : overload) : undefined,
        seen ? seenOutcome(await media.visual(span)) : undefined,
      ])),
    )
  }

  /** Without pictures because none are taken at this level: that is the reason, not the client. */
  const seenOutcome = (outcome: MediaOutcome): MediaOutcome =>
    'missing' in outcome && EFFORTS[level].pictures === 0 ? { missing: 'overload' } : outcome

  function discard(utteranceId: string): void {
    utterances.get(utteranceId)?.media.discard(utteranceId)
    utterances.delete(utteranceId)
  }

  return {
    push(bytes, receivedAtMs) {
      const frame = parseMediaFrame(bytes, limits)
      const participant = order[frame.participant]
      if (participant === undefined)
        throw new EmographError('EMO_PARTICIPANT_UNKNOWN', {
          field: 'participant',
          expected: `an index below ${order.length}`,
          got: `${frame.participant}`,
        })
      take(participant, participants.get(participant) ?? join(participant), frame, receivedAtMs)
    },
    configure(named, { segmentation }) {
      order = named.map(({ id }) => id)
      cutting = segmentation
      for (const { id, media_offset_ms: offset = 0 } of named) {
        const media = participants.get(id) ?? join(id)
        media.setOffset(offset)
        media.setCutting(segmentation)
      }
    },
    restore(former) {
      for (const { participant, kinds, toldUntilMs } of former) {
        ;(participants.get(participant) ?? join(participant)).restore(kinds, toldUntilMs)
        for (const kind of kinds) streams[kind] = true
      }
    },
    begin({ utteranceId, participant, startMs }) {
      const media = participants.get(participant)
      if (media === undefined || utterances.has(utteranceId)) return
      noteTime(startMs)
      utterances.set(utteranceId, { media, startMs, reachMs: startMs })
      media.begin(utteranceId, startMs)
    },
    progress({ utteranceId, endMs }) {
      const utterance = utterances.get(utteranceId)
      if (utterance === undefined) return
      noteTime(endMs)
      utterance.reachMs = Math.max(utterance.reachMs, endMs)
      utterance.media.reach(utteranceId, endMs)
    },
    async snapshot(utteranceId) {
      const utterance = utterances.get(utteranceId)
      if (utterance === undefined) return { features: {}, missing: {} }
      const { media, startMs, reachMs } = utterance
      // Who tells no interim times, and voice activity, which does not look back, mean all that has come.
      const told = cutting === 'client' && reachMs > startMs
      const endMs = told ? reachMs : Math.max(startMs, media.held.audioMs, media.held.videoMs + 1)
      return outcomes(media.soFar, { utteranceId, startMs, endMs })
    },
    async finish({ utteranceId, participant, startMs, endMs }, alone) {
      const media = participants.get(participant)
      if (media === undefined) return { features: {}, missing: {} }
      noteTime(endMs)
      try {
        await media.settled(endMs)
        return await outcomes(media.whole, { utteranceId, startMs, endMs }, alone)
      } finally {
        discard(utteranceId)
      }
    },
    discard,
    heldUntil: () => Array.from(participants, ([participant, media]) => ({ participant, ...media.held })),
    setQuality(next) {
      level = next
      for (const media of participants.values()) makeEffort(media)
    },
    async end() {
      await Promise.all(Array.from(participants.values(), (media) => media.end()))
    },
    async dispose() {
      for (const [participant, media] of participants) {
        tellClock(participant, media)
        media.dispose()
      }
      participants.clear()
      utterances.clear()
      drops.flush()
    },
  }
}

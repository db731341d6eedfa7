import type { VoiceActivityDetector } from '../../encoders/audio/vad/silero.ts'
import type { SpeechRecogniser } from '../../encoders/speech/speech-recogniser.ts'
import type { AudioTrack } from './audio-track.ts'
import type { MediaLimits } from './limits.ts'
import type { SegmentedUtterance } from './media-types.ts'
import { createSegmentation, type Segmentation, type VoiceSpan } from './segmentation.ts'
import { withinTime } from './within-time.ts'

export interface VoiceOptions {
  readonly participant: string
  readonly track: AudioTrack
  readonly detector: () => Promise<VoiceActivityDetector>
  readonly speech?: SpeechRecogniser | undefined
  readonly limits: Pick<MediaLimits, 'longestUtteranceMs' | 'speechMs'>
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
  readonly onUtterance: (event: SegmentedUtterance) => void
  readonly onFault: (cause: unknown) => void
}

/** One participant's utterances by voice activity, with their words. */
export interface Voice extends Pick<Segmentation, 'advance' | 'skip' | 'stop'> {
  /** Ends an utterance that is open; resolves when all of them are told. */
  end(): Promise<void>
}

/** Ends whose words are not written yet: beyond it speech comes faster than it is written, and words are left out. */
const MOST_UNWRITTEN = 4

type Words = Pick<Extract<SegmentedUtterance, { type: 'end' }>, 'text' | 'textMissing'>

const NOT_IN_TIME: Words = { text: '', textMissing: 'late' }

/** Voice activity, then words: events of one participant come in order, however long the recogniser takes. */
export function createVoice(options: VoiceOptions): Voice {
  const { participant, track, speech, limits } = options
  let told: Promise<void> = Promise.resolve()
  let unwritten = 0

  async function words(samples: Float32Array): Promise<Words> {
    if (speech === undefined) return { text: '' }
    try {
      const text = await withinTime(limits.speechMs, speech.transcribe(samples))
      return text === undefined ? NOT_IN_TIME : { text }
    } catch (error) {
      options.onFault(error)
      return { text: '', textMissing: 'unavailable' }
    }
  }

  function tell(span: VoiceSpan): void {
    const atMs = options.now()
    if (span.type === 'start') {
      told = told.then(() => options.onUtterance({ type: 'start', participant, atMs, startMs: span.startMs }))
      return
    }
    const { startMs, endMs } = span
    track.limit(startMs, endMs)
    unwritten += 1
    // Taken now: the recogniser works on it while more sound comes.
    const written =
      speech !== undefined && unwritten > MOST_UNWRITTEN
        ? Promise.resolve(NOT_IN_TIME)
        : words(track.samples(startMs, endMs))
    told = told.then(async () => {
      options.onUtterance({ type: 'end', participant, atMs, startMs, endMs, ...(await written) })
      unwritten -= 1
    })
  }

  function tellProgress({ startMs, endMs }: { readonly startMs: number; readonly endMs: number }): void {
    const atMs = options.now()
    told = told.then(() => options.onUtterance({ type: 'progress', participant, atMs, startMs, endMs }))
  }

  const segmentation = createSegmentation({
    detector: options.detector,
    read: track.samples,
    oldestMs: () => track.oldestMs,
    onSpan: tell,
    onProgress: tellProgress,
    onFault: options.onFault,
    segmenter: { maxSpeechMs: limits.longestUtteranceMs },
  })
  return {
    advance: segmentation.advance,
    skip: segmentation.skip,
    stop: segmentation.stop,
    async end() {
      await segmentation.end()
      await told
    },
  }
}

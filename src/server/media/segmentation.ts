import type { SegmentEvent, SegmenterOptions } from '../../encoders/audio/vad/segmenter.ts'
import type { VoiceActivityDetector } from '../../encoders/audio/vad/silero.ts'
import { createUtteranceFinder, type UtteranceFinder } from '../../encoders/audio/vad/utterance-finder.ts'

/** Where an utterance of one participant begins, and where it ends. Times in ms from the start of the conversation. */
export type VoiceSpan =
  | { readonly type: 'start'; readonly startMs: number }
  | { readonly type: 'end'; readonly startMs: number; readonly endMs: number }

export interface SegmentationOptions {
  /** Loads the detector when there is sound. */
  readonly detector: () => Promise<VoiceActivityDetector>
  /** The participant's samples from one time up to another; both lie between `oldestMs` and what `advance` has told. */
  readonly read: (fromMs: number, toMs: number) => Float32Array
  readonly oldestMs: () => number
  readonly onSpan: (span: VoiceSpan) => void
  /** The utterance that began at `startMs` goes on, at least up to `endMs`; about once a second. */
  readonly onProgress?: (span: { readonly startMs: number; readonly endMs: number }) => void
  readonly onFault: (cause: unknown) => void
  readonly segmenter?: SegmenterOptions
}

/** Finds the utterances in one participant's sound, as it comes into order. */
export interface Segmentation {
  /** The sound is in order up to `untilMs`; the first call tells where it begins. */
  advance(firstMs: number, untilMs: number): void
  /** No sound came in this time. */
  skip(fromMs: number, toMs: number): void
  /** No more sound comes for now: ends an utterance that is open. What comes later goes on behind it. */
  stop(): Promise<void>
  /** Resolves when all that came has been looked at; ends an utterance that is open. */
  end(): Promise<void>
}

/** The detector's steps stand on a grid from the conversation's start: what it finds does not depend on when it began. */
const GRID_MS = 32
/** Sound that the detector takes at once: about three milliseconds of work, with turns of the event loop between. */
const PIECE_MS = 20 * GRID_MS
/** Silence that ends any utterance; more of it need not be looked at. */
const LONG_SILENCE_MS = 2_000
/** The segmenter may still find that the utterance has ended so long ago. */
const MAY_HAVE_ENDED_MS = 600
const PROGRESS_EVERY_MS = 1_000

/**
 * Voice activity on the sound as it comes. Where an utterance has ended the detector begins anew: what it finds next
 * depends on nothing before, so that a server that was restarted in between finds the same.
 */
export function createSegmentation(options: SegmentationOptions): Segmentation {
  let finder: UtteranceFinder | undefined
  let originMs = 0
  let atMs = 0
  let untilMs = 0
  let openMs: number | undefined
  let toldMs = 0
  let gaps: { readonly fromMs: number; readonly toMs: number }[] = []
  let work: Promise<void> = Promise.resolve()
  let running = false
  let failed = false

  function tell(event: SegmentEvent): void {
    const startMs = originMs + event.startMs
    openMs = event.type === 'start' ? startMs : undefined
    options.onSpan(
      event.type === 'start' ? { ...event, startMs } : { ...event, startMs, endMs: originMs + event.endMs },
    )
  }

  function tellProgress(): void {
    const endMs = atMs - MAY_HAVE_ENDED_MS
    if (openMs === undefined || endMs < Math.max(openMs, toldMs) + PROGRESS_EVERY_MS) return
    toldMs = endMs
    options.onProgress?.({ startMs: openMs, endMs })
  }

  async function beginAt(ms: number): Promise<UtteranceFinder> {
    originMs = Math.ceil(ms / GRID_MS) * GRID_MS
    atMs = originMs
    gaps = gaps.filter(({ toMs }) => toMs > atMs)
    finder = createUtteranceFinder(await options.detector(), options.segmenter)
    return finder
  }

  /** Goes on at a later place: what lies between is silence, or is not kept any more. */
  async function jump(ms: number): Promise<UtteranceFinder> {
    if (openMs !== undefined) options.onSpan({ type: 'end', startMs: openMs, endMs: Math.max(openMs, atMs) })
    openMs = undefined
    return beginAt(ms)
  }

  async function run(firstMs: number): Promise<void> {
    let current = finder ?? (await beginAt(firstMs))
    while (atMs + GRID_MS <= untilMs) {
      const silence = gaps.find(({ fromMs, toMs }) => fromMs + LONG_SILENCE_MS <= atMs && atMs < toMs)
      const from = silence?.toMs ?? options.oldestMs()
      if (from > atMs) {
        current = await jump(from)
        continue
      }
      const whole = untilMs - ((untilMs - atMs) % GRID_MS)
      const toMs = Math.min(atMs + PIECE_MS, whole)
      const events = await current.push(options.read(atMs, toMs))
      atMs = toMs
      for (const event of events) {
        tell(event)
        if (event.type === 'start') continue
        // What came behind the end in this piece is looked at again.
        current = await beginAt(originMs + event.endMs)
        break
      }
      tellProgress()
    }
  }

  /** One after the other: called while nothing runs. */
  function start(task: Promise<void>): void {
    running = true
    work = task
      .catch((error: unknown) => {
        failed = true // told once, not with every piece of sound
        options.onFault(error)
      })
      .finally(() => {
        running = false
      })
  }

  async function endOpen(): Promise<void> {
    for (const event of finder?.end() ?? []) {
      tell(event)
      if (event.type === 'end') await beginAt(originMs + event.endMs)
    }
  }

  return {
    advance(firstMs, ms) {
      untilMs = Math.floor(ms)
      if (!running && !failed) start(run(firstMs))
    },
    async stop() {
      await work
      // More sound has come meanwhile, or the utterance has ended with it.
      if (running || failed || openMs === undefined) return
      start(endOpen())
      await work
    },
    skip(fromMs, toMs) {
      if (toMs - fromMs > LONG_SILENCE_MS) gaps = [...gaps.filter((gap) => gap.toMs > atMs), { fromMs, toMs }]
    },
    async end() {
      await work
      for (const event of finder?.end() ?? []) tell(event)
      finder = undefined
    },
  }
}

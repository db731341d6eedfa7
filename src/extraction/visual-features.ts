import { decodeVideo } from '../encoders/media/decode-video.ts'
import type { VideoFrame } from '../encoders/media/video-frame.ts'
import type { VisualEncoder } from '../encoders/visual/visual-encoder.ts'
import { isEmographError } from '../errors.ts'
import type { Extracted } from './audio-features.ts'
import { groupBy } from './group-by.ts'
import type { VideoCut } from './job.ts'

/** Frames that are decoded for one that is looked at: the encoder chooses by the utterance's time, not by the file's. */
const DECODED_PER_TAKEN = 3

/**
 * Visual features of utterances by their cuts, in order. Each file is decoded once, however many utterances lie in it and
 * overlap. A file that cannot be decoded is a reason.
 *
 * @param framesPerSecond that the encoder looks at, at most
 */
export async function extractVisual(
  cuts: readonly VideoCut[],
  encoder: VisualEncoder,
  framesPerSecond: number,
): Promise<Extracted[]> {
  const open = cuts.map((cut) => ({ cut, utterance: encoder.start(cut.side && { side: cut.side }) }))
  const failures = new Map<VideoCut, string>()
  const damaged = new Set<VideoCut>()
  for (const group of groupBy(open, ({ cut }) => cut.file)) {
    try {
      const end = Math.max(...group.map(({ cut }) => cut.toMs ?? Number.POSITIVE_INFINITY))
      const taken = { framesPerSecond: framesPerSecond * DECODED_PER_TAKEN }
      const { frames, report } = decodeVideo(group[0]!.cut.file, taken)
      let whole = true
      for await (const frame of frames) {
        whole = frame.timeMs < end
        if (!whole) break
        for (const { cut, utterance } of group) if (within(frame, cut)) await utterance.push(frame)
      }
      const { truncated, missingMs, damagedPackets } = report()
      if (damagedPackets > 0 || (whole && (truncated || missingMs > 0))) for (const { cut } of group) damaged.add(cut)
    } catch (error) {
      if (!isEmographError(error)) throw error
      for (const { cut } of group) failures.set(cut, error.code)
    }
  }
  return Promise.all(
    open.map(async ({ cut, utterance }): Promise<Extracted> => {
      const encoding = await utterance.end()
      const failure = failures.get(cut)
      if (failure !== undefined) return { reason: `the pictures cannot be read: ${failure}` }
      if (!('features' in encoding)) return { reason: missingInWords(encoding.missing) }
      return { features: encoding.features, ...(damaged.has(cut) && { damaged: true }) }
    }),
  )
}

/** Without the counts, which differ from utterance to utterance: the report counts utterances by reason. */
const missingInWords = (missing: 'no-video' | 'no-face'): string =>
  missing === 'no-video' ? 'no picture in its time' : 'no face was found'

const within = ({ timeMs }: VideoFrame, { fromMs = 0, toMs = Number.POSITIVE_INFINITY }: VideoCut): boolean =>
  timeMs >= fromMs && timeMs < toMs

import { EmographError, isEmographError } from '../../errors.ts'
import { requireFile } from '../../require-file.ts'
import { createFrameSampler, type FrameSampler } from './frame-sampler.ts'
import { libraryVideo, type VideoCounts } from './library-video.ts'
import { loadMediaLibrary } from './media-library.ts'
import { programVideo } from './program-video.ts'
import { half, type Side, type VideoFrame } from './video-frame.ts'
import type { VideoReport } from './video-report.ts'

export interface DecodeVideoOptions {
  /** At most so many frames of each second; all of them when left away. */
  readonly framesPerSecond?: number
  /** Larger frames are reduced to this longer side; default 1280. */
  readonly maxSide?: number
  /** Only this half of each frame, for recordings that show two people side by side. */
  readonly side?: Side
  /** FFmpeg's libraries, then the ffmpeg program (`auto`, the default), or one of them. */
  readonly decoder?: 'auto' | 'library' | 'program'
}

export interface DecodedVideo {
  /** Frames in the order of time, square pixels; read them once. */
  readonly frames: AsyncIterable<VideoFrame>
  /** What was found; complete when the frames have been read to the end. */
  report(): VideoReport
}

interface Progress extends VideoCounts {
  decoder: VideoReport['decoder']
}

/** A container's length is not exact to the frame; only what is missing beyond this is a gap. */
const DURATION_TOLERANCE_MS = 200

/**
 * Decodes the pictures of a file, one frame at a time. A damaged or cut file gives what it holds and says so in the
 * report; errors are `EMO_FILE_MISSING`, `EMO_VIDEO_FORMAT` (not decodable), `EMO_VIDEO_EMPTY` (no picture in it),
 * `EMO_DECODER_UNAVAILABLE`.
 *
 * @example
 * const { frames, report } = decodeVideo('clip.mp4', { framesPerSecond: 5 })
 * for await (const frame of frames) await utterance.push(frame)
 * console.log(explainVideoReport(report()))
 */
export function decodeVideo(file: string, options: DecodeVideoOptions = {}): DecodedVideo {
  const sampler = createFrameSampler(options.framesPerSecond ?? Number.POSITIVE_INFINITY)
  const progress: Progress = {
    decoder: 'library',
    frames: 0,
    lastMs: 0,
    declaredMs: 0,
    damagedPackets: 0,
    truncated: false,
  }
  return {
    frames: framesOf(file, options, sampler, progress),
    report: () => {
      const { frames, lastMs, declaredMs, decoder, damagedPackets, truncated } = progress
      // The last frame lasts as long as the others on the average.
      const decodedMs = frames > 1 ? Math.round((lastMs * frames) / (frames - 1)) : 0
      return {
        decoder,
        decodedFrames: frames,
        droppedFrames: sampler.dropped,
        durationMs: decodedMs,
        damagedPackets,
        truncated,
        missingMs: declaredMs > decodedMs + DURATION_TOLERANCE_MS ? declaredMs - decodedMs : 0,
      }
    },
  }
}

async function* framesOf(
  file: string,
  options: DecodeVideoOptions,
  sampler: FrameSampler,
  progress: Progress,
): AsyncGenerator<VideoFrame> {
  const { bytes } = await requireFile(file)
  if (bytes === 0) {
    throw new EmographError('EMO_VIDEO_EMPTY', { file, expected: 'pictures', got: 'an empty file' })
  }
  for await (const frame of decoded(file, options, sampler, progress)) {
    yield options.side ? half(frame, options.side) : frame
  }
  if (progress.frames === 0) {
    throw new EmographError('EMO_VIDEO_EMPTY', { file, expected: 'at least one picture', got: 'none that decodes' })
  }
}

async function* decoded(
  file: string,
  options: DecodeVideoOptions,
  sampler: FrameSampler,
  progress: Progress,
): AsyncGenerator<VideoFrame> {
  const { decoder = 'auto', maxSide = 1280 } = options
  const library = decoder === 'program' ? undefined : await loadMediaLibrary()
  if (!library && decoder === 'library') {
    throw new EmographError('EMO_DECODER_UNAVAILABLE', { file, expected: 'the package node-av', got: 'none' })
  }
  let failure: unknown
  if (library) {
    try {
      yield* libraryVideo(library, file, { sampler, maxSide }, progress)
      return
    } catch (error) {
      // Once a picture has been given out the program cannot take over: the file would begin again.
      if (progress.frames > 0 || decoder === 'library' || isEmographError(error, 'EMO_VIDEO_EMPTY')) throw error
      failure = error
    }
  }
  try {
    progress.decoder = 'program'
    yield* programVideo(file, { sampler, maxSide }, progress)
  } catch (error) {
    // Without the program, what the library said about the file is the better answer.
    throw failure !== undefined && isEmographError(error, 'EMO_DECODER_UNAVAILABLE') ? failure : error
  }
}

import type * as Library from 'node-av/lib'
import { EmographError } from '../../errors.ts'
import { orientationOf, oriented } from './display-matrix.ts'
import type { FrameSampler } from './frame-sampler.ts'
import { decodedFrames, type MediaLibrary, type PacketCounts } from './media-library.ts'
import type { VideoFrame } from './video-frame.ts'
import { outputSize } from './video-size.ts'

export interface VideoCounts extends PacketCounts {
  frames: number
  lastMs: number
}

/**
 * The best video stream of a file by FFmpeg's libraries, as RGB, upright; only frames that the sampler takes are converted.
 * Errors `EMO_VIDEO_FORMAT`, `EMO_VIDEO_EMPTY`.
 */
export async function* libraryVideo(
  library: MediaLibrary,
  file: string,
  options: { readonly sampler: FrameSampler; readonly maxSide: number },
  counts: VideoCounts,
): AsyncGenerator<VideoFrame> {
  const converter = createConverter(library, options.maxSide)
  try {
    for await (const { frame, stream } of decodedFrames(library, file, 'video', counts)) {
      const timeMs = frameTimeMs(frame, stream, counts.frames)
      counts.frames += 1
      counts.lastMs = Math.max(counts.lastMs, timeMs)
      if (!options.sampler.take(timeMs)) continue
      const picture = await converter.convert(frame)
      if (!picture) {
        throw new EmographError('EMO_VIDEO_FORMAT', {
          file,
          expected: 'a known pixel format',
          got: `number ${frame.format}`,
        })
      }
      const orientation = orientationOf(stream.codecpar.getCodedSideData(library.constants.AV_PKT_DATA_DISPLAYMATRIX))
      yield { ...(orientation ? oriented(picture, orientation) : picture), timeMs }
    }
  } finally {
    converter.dispose()
  }
}

/** From the start of the stream; a frame without a time (raw streams) gets that of its number at the stream's rate. */
function frameTimeMs(frame: Library.Frame, stream: Library.Stream, index: number): number {
  const { timeBase, startTime, avgFrameRate } = stream
  const stamp = frame.bestEffortTimestamp
  const unknown = -(2n ** 63n)
  if (stamp === unknown || timeBase.den === 0) {
    return Math.round(avgFrameRate.num > 0 ? (index * 1000 * avgFrameRate.den) / avgFrameRate.num : index * 40)
  }
  const ticks = Number(stamp - (startTime === unknown ? 0n : startTime))
  return Math.max(0, Math.round((ticks * 1000 * timeBase.num) / timeBase.den))
}

interface Converter {
  convert(frame: Library.Frame): Promise<Omit<VideoFrame, 'timeMs'> | undefined>
  dispose(): void
}

const VECTOR_BYTES = 64

function withoutPadding(padded: Buffer, stride: number, size: { width: number; height: number }): Uint8Array {
  const row = size.width * 3
  const data = new Uint8Array(row * size.height)
  for (let y = 0; y < size.height; y += 1) data.set(padded.subarray(y * stride, y * stride + row), y * row)
  return data
}

/** To RGB by libswscale, whose context is kept while size and pixel format stay the same. */
function createConverter({ lib, constants }: MediaLibrary, maxSide: number): Converter {
  let context: Library.SoftwareScaleContext | undefined
  let key = ''
  return {
    async convert(frame) {
      const size = outputSize(frame.width, frame.height, frame.sampleAspectRatio, maxSide)
      const nextKey = [frame.width, frame.height, frame.format, size.width, size.height].join()
      if (!context || nextKey !== key) {
        context?.freeContext()
        context = new lib.SoftwareScaleContext()
        const format = frame.format as Parameters<Library.SoftwareScaleContext['getContext']>[2]
        const { width, height } = size
        context.getContext(
          frame.width,
          frame.height,
          format,
          width,
          height,
          constants.AV_PIX_FMT_RGB24,
          constants.SWS_BILINEAR,
        )
        key = nextKey
      }
      if (!frame.data) return undefined
      // libswscale writes whole vectors: beyond the end of a row, and of the last one.
      const stride = (Math.ceil((size.width * 3) / VECTOR_BYTES) + 1) * VECTOR_BYTES
      const padded = Buffer.alloc(stride * (size.height + 1))
      const rows = await context.scale(frame.data, frame.linesize, 0, frame.height, [padded], [stride])
      return rows > 0 ? { data: withoutPadding(padded, stride, size), ...size } : undefined
    },
    dispose() {
      context?.freeContext()
      context = undefined
    },
  }
}

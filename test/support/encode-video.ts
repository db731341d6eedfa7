import type { FFEncoderCodec } from 'node-av/constants'
import { loadMediaLibrary } from '../../src/encoders/media/media-library.ts'
import type { RgbImage } from '../../src/encoders/media/video-frame.ts'

/** Containers that issue 3 names, with a codec that each usually holds. */
export const VIDEO_CONTAINERS = { mp4: 'libx264', avi: 'mpeg4', webm: 'libvpx' } as const
export type VideoContainer = keyof typeof VIDEO_CONTAINERS

export interface VideoOptions {
  readonly framesPerSecond: number
  /** Width of a pixel by its height; default 1. */
  readonly aspect?: readonly [number, number]
  /** How players turn the pictures: a point (x, y) is shown at (a x + c y, b x + d y). */
  readonly orientation?: readonly [a: number, b: number, c: number, d: number]
}

/** Writes pictures, all of one even size, as a video file. False where no encoder is installed. */
export async function encodeVideo(
  file: string,
  container: VideoContainer,
  pictures: readonly RgbImage[],
  { framesPerSecond, aspect = [1, 1], orientation }: VideoOptions,
): Promise<boolean> {
  const library = await loadMediaLibrary()
  if (!library) return false
  const { lib, constants } = library
  const check = (result: number): void => lib.FFmpegError.throwIfError(result, `encoding ${container}`)
  const { width, height } = pictures[0]!
  const timeBase = new lib.Rational(1, framesPerSecond)

  const output = new lib.FormatContext()
  check(output.allocOutputContext2(null, null, file))
  const codec = lib.Codec.findEncoderByName(VIDEO_CONTAINERS[container] as FFEncoderCodec)
  if (!codec) throw new Error(`no encoder ${VIDEO_CONTAINERS[container]}`)
  const encoder = new lib.CodecContext()
  encoder.allocContext3(codec)
  Object.assign(encoder, { width, height, timeBase, pixelFormat: constants.AV_PIX_FMT_YUV420P, gopSize: 5 })
  encoder.framerate = new lib.Rational(framesPerSecond, 1)
  encoder.sampleAspectRatio = new lib.Rational(...aspect)
  encoder.bitRate = 2_000_000n
  encoder.threadCount = 1
  if (container !== 'avi')
    encoder.flags = (encoder.flags | constants.AV_CODEC_FLAG_GLOBAL_HEADER) as typeof encoder.flags
  check(await encoder.open2(codec, null))
  const stream = output.newStream(codec)
  check(stream.codecpar.fromContext(encoder))
  stream.timeBase = timeBase
  if (orientation) {
    check(stream.codecpar.addCodedSideData(constants.AV_PKT_DATA_DISPLAYMATRIX, displayMatrix(...orientation)))
  }
  check(await output.openOutput())
  check(await output.writeHeader())
  const packet = new lib.Packet()
  packet.alloc()
  const drain = async (): Promise<void> => {
    while ((await encoder.receivePacket(packet)) >= 0) {
      packet.streamIndex = stream.index
      packet.duration = 1n // without one the last frame has no length, and MP4 cuts it off
      packet.rescaleTs(timeBase, stream.timeBase)
      check(await output.interleavedWriteFrame(packet))
    }
  }
  for (const [k, picture] of pictures.entries()) {
    const frame = lib.Frame.fromVideoBuffer(toYuv420(picture), {
      width,
      height,
      format: constants.AV_PIX_FMT_YUV420P,
      pts: BigInt(k),
      timeBase,
    })
    check(await encoder.sendFrame(frame))
    await drain()
    frame.free()
  }
  await encoder.sendFrame(null)
  await drain()
  check(await output.writeTrailer())
  packet.free()
  encoder.freeContext()
  await output.closeOutput()
  return true
}

function displayMatrix(a: number, b: number, c: number, d: number): Buffer {
  const matrix = Buffer.alloc(36)
  for (const [k, value] of [a, b, 0, c, d, 0].entries()) matrix.writeInt32LE(value * 0x10000, 4 * k)
  matrix.writeInt32LE(0x40000000, 32)
  return matrix
}

/** ITU-R BT.601, limited range, one chroma sample for four pixels. */
function toYuv420({ data, width, height }: RgbImage): Buffer {
  const out = Buffer.alloc((width * height * 3) / 2)
  const chroma = width * height
  const rgb = (x: number, y: number): number[] => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)]
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [r, g, b] = rgb(x, y) as [number, number, number]
      out[y * width + x] = 16 + 0.257 * r + 0.504 * g + 0.098 * b
      if (x % 2 || y % 2) continue
      const at = chroma + (y >> 1) * (width >> 1) + (x >> 1)
      out[at] = 128 - 0.148 * r - 0.291 * g + 0.439 * b
      out[at + chroma / 4] = 128 + 0.439 * r - 0.368 * g - 0.071 * b
    }
  }
  return out
}

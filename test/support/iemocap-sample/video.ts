import { decodeVideo } from '../../../src/encoders/media/decode-video.ts'
import { loadMediaLibrary, type MediaLibrary } from '../../../src/encoders/media/media-library.ts'
import type { RgbImage } from '../../../src/encoders/media/video-frame.ts'

/** As the release's recordings: two people side by side, black above and below. */
const WIDTH = 720
const HEIGHT = 480
export const FRAMES_PER_SECOND = 5

/** Two clips of a face each, side by side and repeated, for `seconds`; written to `file` as AVI with MPEG-4 video. */
export async function writeSideBySide(file: string, clips: readonly [string, string], seconds: number): Promise<void> {
  const library = await loadMediaLibrary()
  if (library === undefined) throw new Error('the generator needs node-av')
  const faces = await Promise.all(clips.map(readFrames))
  const writer = await openAvi(library, file)
  for (let n = 0; n < seconds * FRAMES_PER_SECOND; n += 1) {
    const canvas = new Uint8Array(WIDTH * HEIGHT * 3)
    faces.forEach((frames, side) => {
      paste(canvas, frames[n % frames.length]!, (side * WIDTH) / 2)
    })
    await writer.write(canvas, n)
  }
  await writer.end()
}

async function readFrames(file: string): Promise<RgbImage[]> {
  const frames: RgbImage[] = []
  for await (const frame of decodeVideo(file, { framesPerSecond: FRAMES_PER_SECOND, maxSide: WIDTH / 2 }).frames)
    frames.push(frame)
  return frames
}

function paste(canvas: Uint8Array, { data, width, height }: RgbImage, left: number): void {
  const top = (HEIGHT - height) >> 1
  for (let y = 0; y < height; y += 1)
    canvas.set(data.subarray(y * width * 3, (y + 1) * width * 3), ((top + y) * WIDTH + left) * 3)
}

/** Planar YUV 4:2:0 of full rows (ITU-R BT.601, studio range). */
function toYuv(rgb: Uint8Array): Buffer {
  const planes = Buffer.alloc((WIDTH * HEIGHT * 3) / 2)
  const at = (x: number, y: number): [number, number, number] => {
    const i = (y * WIDTH + x) * 3
    return [rgb[i]!, rgb[i + 1]!, rgb[i + 2]!]
  }
  for (let y = 0; y < HEIGHT; y += 1) {
    for (let x = 0; x < WIDTH; x += 1) {
      const [r, g, b] = at(x, y)
      planes[y * WIDTH + x] = 16 + 0.257 * r + 0.504 * g + 0.098 * b
      if (x % 2 === 0 && y % 2 === 0) {
        const i = WIDTH * HEIGHT + ((y / 2) * WIDTH) / 2 + x / 2
        planes[i] = 128 - 0.148 * r - 0.291 * g + 0.439 * b
        planes[i + (WIDTH * HEIGHT) / 4] = 128 + 0.439 * r - 0.368 * g - 0.071 * b
      }
    }
  }
  return planes
}

async function openAvi({ lib, constants }: MediaLibrary, file: string) {
  const check = (code: number): void => {
    if (code < 0 && code !== constants.AVERROR_EAGAIN && code !== constants.AVERROR_EOF)
      throw new Error(`FFmpeg says ${code}`)
  }
  const timeBase = { num: 1, den: FRAMES_PER_SECOND }
  const output = new lib.FormatContext()
  check(output.allocOutputContext2(null, 'avi', file))
  const codec = lib.Codec.findEncoder(constants.AV_CODEC_ID_MPEG4)
  if (codec === null) throw new Error('no MPEG-4 encoder')
  const encoder = new lib.CodecContext()
  encoder.allocContext3(codec)
  encoder.width = WIDTH
  encoder.height = HEIGHT
  encoder.pixelFormat = constants.AV_PIX_FMT_YUV420P
  encoder.timeBase = new lib.Rational(timeBase.num, timeBase.den)
  encoder.framerate = new lib.Rational(timeBase.den, timeBase.num)
  encoder.bitRate = 150_000n
  encoder.gopSize = 50
  encoder.threadCount = 1
  encoder.setFlags(constants.AV_CODEC_FLAG_BITEXACT)
  check(await encoder.open2(codec))
  const stream = output.newStream()
  stream.timeBase = encoder.timeBase
  check(stream.codecpar.fromContext(encoder))
  stream.codecpar.codecTag = 'DIVX'
  check(await output.openOutput())
  output.setFlags(constants.AVFMT_FLAG_BITEXACT)
  check(await output.writeHeader())

  const packet = new lib.Packet()
  packet.alloc()
  const drain = async (): Promise<void> => {
    while ((await encoder.receivePacket(packet)) >= 0) {
      packet.streamIndex = stream.index
      packet.rescaleTs(encoder.timeBase, stream.timeBase)
      check(await output.interleavedWriteFrame(packet))
    }
  }
  return {
    async write(rgb: Uint8Array, number: number): Promise<void> {
      const format = constants.AV_PIX_FMT_YUV420P
      const properties = { width: WIDTH, height: HEIGHT, format, timeBase, pts: BigInt(number) }
      const frame = lib.Frame.fromVideoBuffer(toYuv(rgb), properties)
      check(await encoder.sendFrame(frame))
      frame.free()
      await drain()
    },
    async end(): Promise<void> {
      await encoder.sendFrame(null)
      await drain()
      check(await output.writeTrailer())
      packet.free()
      encoder.freeContext()
      await output.closeOutput()
    },
  }
}

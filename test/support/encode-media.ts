import type { FFEncoderCodec } from 'node-av/constants'
import { loadMediaLibrary } from '../../src/encoders/media/media-library.ts'

/** Containers that issue 3 names, with a codec that each usually holds and the sample format that it takes. */
export const CONTAINERS = {
  flac: { codec: 'flac', planar: false, format: 'S16', rate: 22_050 },
  mp4: { codec: 'aac', planar: true, format: 'FLTP', rate: 22_050 },
  avi: { codec: 'pcm_s16le', planar: false, format: 'S16', rate: 44_100 },
  webm: { codec: 'libopus', planar: false, format: 'FLT', rate: 48_000 },
} as const
export type Container = keyof typeof CONTAINERS

/** Writes one channel of sound, at the container's rate, as a media file. False where no encoder is installed. */
export async function encodeMedia(file: string, container: Container, samples: Float32Array): Promise<boolean> {
  const library = await loadMediaLibrary()
  if (!library) return false
  const { lib, constants } = library
  const { codec: codecName, format, rate, planar } = CONTAINERS[container]
  const check = (result: number): void => lib.FFmpegError.throwIfError(result, `encoding ${container}`)
  const sampleFormat = constants[`AV_SAMPLE_FMT_${format}`]
  const channelLayout = constants.AV_CHANNEL_LAYOUT_MONO
  const timeBase = new lib.Rational(1, rate)

  const output = new lib.FormatContext()
  check(output.allocOutputContext2(null, null, file))
  const codec = lib.Codec.findEncoderByName(codecName as FFEncoderCodec)
  if (!codec) throw new Error(`no encoder ${codecName}`)
  const encoder = new lib.CodecContext()
  encoder.allocContext3(codec)
  encoder.sampleFormat = sampleFormat
  encoder.sampleRate = rate
  encoder.channelLayout = channelLayout
  encoder.timeBase = timeBase
  encoder.flags = (encoder.flags | constants.AV_CODEC_FLAG_GLOBAL_HEADER) as typeof encoder.flags
  check(await encoder.open2(codec, null))
  const size = encoder.frameSize || 1024
  const stream = output.newStream(codec)
  check(stream.codecpar.fromContext(encoder))
  stream.timeBase = timeBase
  check(await output.openOutput())
  check(await output.writeHeader())
  const packet = new lib.Packet()
  packet.alloc()
  const drain = async (): Promise<void> => {
    while ((await encoder.receivePacket(packet)) >= 0) {
      packet.streamIndex = stream.index
      packet.rescaleTs(timeBase, stream.timeBase)
      check(await output.interleavedWriteFrame(packet))
    }
  }
  for (let from = 0; from < samples.length; from += size) {
    const part = samples.slice(from, from + size)
    const bytes = planar || format === 'FLT' ? part : Int16Array.from(part, (sample) => Math.round(sample * 32767))
    const frame = lib.Frame.fromAudioBuffer(Buffer.from(bytes.buffer), {
      nbSamples: part.length,
      format: sampleFormat,
      sampleRate: rate,
      channelLayout,
      pts: BigInt(from),
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

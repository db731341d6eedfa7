import type * as Constants from 'node-av/constants'
import type * as Library from 'node-av/lib'
import { EmographError } from '../../errors.ts'
import { SAFE_INPUT } from './containers.ts'

export interface MediaLibrary {
  readonly lib: typeof Library
  readonly constants: typeof Constants
}

/**
 * FFmpeg's libraries as the optional package node-av carries them, or undefined where it is not installed or has no
 * binary for this machine. Its bindings are MIT, the FFmpeg build inside is GPL 3 (docs/media.md).
 */
export async function loadMediaLibrary(): Promise<MediaLibrary | undefined> {
  try {
    const [lib, constants] = await Promise.all([import('node-av/lib'), import('node-av/constants')])
    lib.Log.setLevel(constants.AV_LOG_FATAL) // damaged packets are counted, not printed
    return { lib, constants }
  } catch {
    return undefined
  }
}

export interface PacketCounts {
  damagedPackets: number
  truncated: boolean
  /** Length that the container gives for the stream; 0 where it gives none. */
  declaredMs: number
}

/**
 * Decoded frames of the best audio or video stream of a file, one at a time; the frame is reused, so take what is needed
 * before asking for the next. Packets that do not decode are counted. Errors `EMO_AUDIO_FORMAT` or `EMO_VIDEO_FORMAT` where
 * the file cannot be opened, `EMO_AUDIO_EMPTY` or `EMO_VIDEO_EMPTY` where it has no such stream.
 */
export async function* decodedFrames(
  { lib, constants }: MediaLibrary,
  file: string,
  kind: 'audio' | 'video',
  counts: PacketCounts,
): AsyncGenerator<{ readonly frame: Library.Frame; readonly stream: Library.Stream }> {
  const input = new lib.FormatContext()
  const decoder = new lib.CodecContext()
  const packet = new lib.Packet()
  const frame = new lib.Frame()
  // A packet of sound decodes in less time than a thread needs to be woken for it; a picture does not.
  const here = kind === 'audio'
  const send = (data: Library.Packet | null) => (here ? decoder.sendPacketSync(data) : decoder.sendPacket(data))
  const receive = () => (here ? decoder.receiveFrameSync(frame) : decoder.receiveFrame(frame))
  let opened = false
  try {
    if ((await input.openInput(`file:${file}`, null, lib.Dictionary.fromObject(SAFE_INPUT))) < 0)
      throw unreadable(file, kind)
    opened = true
    if ((await input.findStreamInfo()) < 0) throw unreadable(file, kind)
    const type = kind === 'audio' ? constants.AVMEDIA_TYPE_AUDIO : constants.AVMEDIA_TYPE_VIDEO
    const stream = input.streams[input.findBestStream(type)]
    if (!stream)
      throw new EmographError(kind === 'audio' ? 'EMO_AUDIO_EMPTY' : 'EMO_VIDEO_EMPTY', {
        file,
        expected: `${kind === 'audio' ? 'an' : 'a'} ${kind} stream`,
        got: 'none',
      })
    for (const other of input.streams) if (other.index !== stream.index) other.discard = constants.AVDISCARD_ALL
    const codec = lib.Codec.findDecoder(stream.codecpar.codecId)
    if (!codec) throw unreadable(file, kind)
    decoder.allocContext3(codec)
    if (decoder.parametersToContext(stream.codecpar) < 0) throw unreadable(file, kind)
    decoder.threadCount = 1
    if ((await decoder.open2(codec, null)) < 0) throw unreadable(file, kind)
    packet.alloc()
    frame.alloc()
    counts.declaredMs = declaredMs(input, stream)
    for (;;) {
      const read = await input.readFrame(packet)
      if (read < 0) {
        if (read !== constants.AVERROR_EOF) counts.truncated = true
        break
      }
      if (packet.streamIndex === stream.index && (await send(packet)) < 0) counts.damagedPackets += 1
      packet.unref()
      while ((await receive()) >= 0) yield { frame, stream }
    }
    await send(null)
    while ((await receive()) >= 0) yield { frame, stream }
  } finally {
    frame.free()
    packet.free()
    decoder.freeContext()
    if (opened) await input.closeInput()
  }
}

function unreadable(file: string, kind: 'audio' | 'video'): EmographError {
  return new EmographError(kind === 'audio' ? 'EMO_AUDIO_FORMAT' : 'EMO_VIDEO_FORMAT', {
    file,
    expected: `a file whose ${kind} can be decoded`,
    got: 'one that cannot',
  })
}

/** Matroska and WebM give a length for the whole file only: it is the stream's where there is no other stream. */
function declaredMs(input: Library.FormatContext, { duration, timeBase }: Library.Stream): number {
  if (duration > 0n) return Math.round((Number(duration) * timeBase.num * 1000) / timeBase.den)
  return input.streams.length === 1 && input.duration > 0n ? Math.round(Number(input.duration) / 1000) : 0
}

import type * as Library from 'node-av/lib'
import { EmographError } from '../../errors.ts'
import { type AudioBlock, deinterleave, type PcmEncoding } from './audio-block.ts'
import { decodedFrames, type MediaLibrary, type PacketCounts } from './media-library.ts'

/** FFmpeg's AVSampleFormat by number: how the samples lie, and whether each channel has a plane of its own. */
const SAMPLE_FORMATS: ReadonlyArray<readonly [PcmEncoding, 'interleaved' | 'planar']> = [
  ['u8', 'interleaved'],
  ['s16', 'interleaved'],
  ['s32', 'interleaved'],
  ['f32', 'interleaved'],
  ['f64', 'interleaved'],
  ['u8', 'planar'],
  ['s16', 'planar'],
  ['s32', 'planar'],
  ['f32', 'planar'],
  ['f64', 'planar'],
]

function toBlock(frame: Library.Frame): AudioBlock | undefined {
  const format = SAMPLE_FORMATS[frame.format]
  const planes = frame.extendedData ?? frame.data
  if (!format || !planes) return undefined
  const [encoding, layout] = format
  const count = frame.nbSamples
  // Planes are padded beyond the frame's samples.
  const read = (plane: Uint8Array, channels: number): Float32Array[] =>
    deinterleave(plane, encoding, channels).map((samples) => samples.subarray(0, count))
  const channels =
    layout === 'planar'
      ? planes.slice(0, frame.channels).map((plane) => read(plane, 1)[0]!)
      : read(planes[0]!, frame.channels)
  return { sampleRate: frame.sampleRate, channels }
}

/** The best audio stream of a file by FFmpeg's libraries; errors as {@link decodedFrames}. */
export async function* libraryAudio(
  library: MediaLibrary,
  file: string,
  counts: PacketCounts,
): AsyncGenerator<AudioBlock> {
  for await (const { frame } of decodedFrames(library, file, 'audio', counts)) {
    const block = toBlock(frame)
    if (!block) {
      throw new EmographError('EMO_AUDIO_FORMAT', {
        file,
        expected: 'a known sample format',
        got: `number ${frame.format}`,
      })
    }
    yield block
  }
}

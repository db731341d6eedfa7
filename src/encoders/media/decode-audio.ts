import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { EmographError, isEmographError } from '../../errors.ts'
import { requireFile } from '../../require-file.ts'
import { type AudioBlock, deinterleave, toMono } from './audio-block.ts'
import { createSampleInspector, type DecodeReport, durationMs } from './decode-report.ts'
import { libraryAudio } from './library-audio.ts'
import { loadMediaLibrary, type PacketCounts } from './media-library.ts'
import { programAudio } from './program-audio.ts'
import { createResampler, type Resampler, SAMPLE_RATE } from './resampler.ts'
import { createWavParser } from './wav-parser.ts'

export interface DecodeOptions {
  /** The mean of all channels (the default), or one of them, from 0. */
  readonly channel?: number | 'mix'
  /** `s16le`: the bytes are raw 16-bit samples at 16 kHz, one channel; `auto` (the default) looks at the first bytes. */
  readonly format?: 'auto' | 's16le'
  /** What decodes that is not WAV: FFmpeg's libraries, then the ffmpeg program (`auto`, the default), or one of them. */
  readonly decoder?: 'auto' | 'library' | 'program'
}

export interface DecodedAudio {
  /** Sound at 16 kHz, one channel, full scale 1, in chunks as they are decoded; read it once. */
  readonly chunks: AsyncIterable<Float32Array>
  /** What was found; complete when the chunks have been read to the end. */
  report(): DecodeReport
}

/** A container's length is not exact to the packet; only what is missing beyond this is a gap. */
const DURATION_TOLERANCE_MS = 100

interface Progress extends PacketCounts {
  decoder: DecodeReport['decoder']
  sampleRate: number
  channels: number
}

/**
 * Decodes a file by its path, or a stream of the bytes of a WAV file or of raw s16le, to 16 kHz mono. Nothing is read
 * whole into memory. A damaged or truncated file gives what it holds and says so in the report; errors are
 * `EMO_FILE_MISSING`, `EMO_AUDIO_FORMAT` (not decodable), `EMO_AUDIO_EMPTY` (no sound in it),
 * `EMO_DECODER_UNAVAILABLE`.
 *
 * @example
 * const { chunks, report } = decodeAudio('clip.mp4')
 * for await (const samples of chunks) utterance.push(samples)
 * console.log(explainReport(report()))
 */
export function decodeAudio(source: string | AsyncIterable<Uint8Array>, options: DecodeOptions = {}): DecodedAudio {
  const inspector = createSampleInspector()
  const progress: Progress = {
    decoder: 'wav',
    sampleRate: SAMPLE_RATE,
    channels: 1,
    damagedPackets: 0,
    declaredMs: 0,
    truncated: false,
  }
  return {
    chunks: resampled(
      blocksOf(source, options, progress),
      options.channel ?? 'mix',
      inspector.inspect,
      progress,
      source,
    ),
    report: () => {
      const { samples, ...counts } = inspector.counts
      const { declaredMs, ...found } = progress
      const decodedMs = durationMs(samples, progress.sampleRate)
      const missingMs = declaredMs > decodedMs + DURATION_TOLERANCE_MS ? declaredMs - decodedMs : 0
      return { ...found, ...counts, durationMs: decodedMs, missingMs }
    },
  }
}

async function* resampled(
  blocks: AsyncIterable<AudioBlock>,
  channel: number | 'mix',
  inspect: (mono: Float32Array) => Float32Array,
  progress: Progress,
  source: string | AsyncIterable<Uint8Array>,
): AsyncGenerator<Float32Array> {
  let resampler: Resampler | undefined
  let count = 0
  for await (const block of blocks) {
    if (!resampler || block.sampleRate !== progress.sampleRate) {
      if (resampler) yield resampler.end() // the file changes its rate midway
      progress.sampleRate = block.sampleRate
      progress.channels = block.channels.length
      resampler = createResampler(block.sampleRate, place(source))
    }
    count += block.channels[0]?.length ?? 0
    const samples = resampler.push(inspect(toMono(block.channels, channel)))
    if (samples.length > 0) yield samples
  }
  if (count === 0) {
    throw new EmographError('EMO_AUDIO_EMPTY', { ...place(source), expected: 'at least one sample', got: 'none' })
  }
  const rest = resampler!.end()
  if (rest.length > 0) yield rest
}

function place(source: string | AsyncIterable<Uint8Array>): { file?: string } {
  return typeof source === 'string' ? { file: source } : {}
}

async function* blocksOf(
  source: string | AsyncIterable<Uint8Array>,
  options: DecodeOptions,
  progress: Progress,
): AsyncGenerator<AudioBlock> {
  if (typeof source !== 'string') {
    yield* options.format === 's16le' ? rawBlocks(source, progress) : wavBlocks(source, progress)
    return
  }
  const { bytes } = await requireFile(source)
  const head = await firstBytes(source)
  if (head.length === 0)
    throw new EmographError('EMO_AUDIO_EMPTY', { file: source, expected: 'sound', got: 'an empty file' })
  if (options.format === 's16le') yield* rawBlocks(createReadStream(source), progress)
  else if (isWave(head)) yield* wavBlocks(createReadStream(source), progress, source)
  else {
    yield* compressedBlocks(source, options.decoder ?? 'auto', progress)
    if (head.toString('latin1', 0, 4) === 'RIFF' && head.readUInt32LE(4) + 8 > bytes) {
      progress.truncated = true // FFmpeg takes an AVI's length from what is there of it
    }
  }
}

async function firstBytes(file: string): Promise<Buffer> {
  const handle = await open(file)
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(12), 0, 12, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}

function isWave(head: Buffer): boolean {
  const text = head.toString('latin1')
  return (text.startsWith('RIFF') || text.startsWith('RF64')) && text.endsWith('WAVE')
}

async function* wavBlocks(
  bytes: AsyncIterable<Uint8Array>,
  progress: Progress,
  file?: string,
): AsyncGenerator<AudioBlock> {
  const parser = createWavParser(file)
  for await (const chunk of bytes) yield* parser.push(chunk)
  progress.truncated = parser.end().truncated
}

/** Raw s16le, 16 kHz mono: the protocol's audio. An odd byte at a cut belongs to the next chunk. */
async function* rawBlocks(bytes: AsyncIterable<Uint8Array>, progress: Progress): AsyncGenerator<AudioBlock> {
  progress.decoder = 's16le'
  let odd: Uint8Array = new Uint8Array(0)
  for await (const chunk of bytes) {
    const joined = odd.length > 0 ? Buffer.concat([odd, chunk]) : chunk
    const whole = joined.length - (joined.length % 2)
    odd = joined.subarray(whole)
    yield { sampleRate: SAMPLE_RATE, channels: deinterleave(joined.subarray(0, whole), 's16', 1) }
  }
  progress.truncated = odd.length > 0
}

async function* compressedBlocks(
  file: string,
  decoder: 'auto' | 'library' | 'program',
  progress: Progress,
): AsyncGenerator<AudioBlock> {
  const library = decoder === 'program' ? undefined : await loadMediaLibrary()
  if (!library && decoder === 'library') {
    throw new EmographError('EMO_DECODER_UNAVAILABLE', { file, expected: 'the package node-av', got: 'none' })
  }
  let failure: unknown
  if (library) {
    let sounded = false
    try {
      progress.decoder = 'library'
      for await (const block of libraryAudio(library, file, progress)) {
        sounded = true
        yield block
      }
      return
    } catch (error) {
      // Once sound has been given out the program cannot take over: the file would begin again.
      if (sounded || decoder === 'library' || isEmographError(error, 'EMO_AUDIO_EMPTY')) throw error
      failure = error
    }
  }
  try {
    progress.decoder = 'program'
    yield* programAudio(file)
  } catch (error) {
    // Without the program, what the library said about the file is the better answer.
    throw failure !== undefined && isEmographError(error, 'EMO_DECODER_UNAVAILABLE') ? failure : error
  }
}

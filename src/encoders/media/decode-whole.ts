import { joinFloat32 } from '../../float32.ts'
import { type DecodeOptions, decodeAudio } from './decode-audio.ts'
import type { DecodeReport } from './decode-report.ts'

/** All of a short sound at 16 kHz, one channel; {@link decodeAudio} otherwise. */
export async function decodeWhole(
  source: Parameters<typeof decodeAudio>[0],
  options?: DecodeOptions,
): Promise<{ readonly samples: Float32Array; readonly report: DecodeReport }> {
  const { chunks, report } = decodeAudio(source, options)
  const parts: Float32Array[] = []
  // Copies: a decoder's memory is its own again when the next chunk is asked for.
  for await (const chunk of chunks) parts.push(chunk.slice())
  return { samples: joinFloat32(parts), report: report() }
}

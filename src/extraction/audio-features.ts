import type { AudioEncoder, AudioEncoding, AudioUtterance } from '../encoders/audio/audio-encoder.ts'
import { decodeAudio } from '../encoders/media/decode-audio.ts'
import { SAMPLE_RATE } from '../encoders/media/resampler.ts'
import { isEmographError } from '../errors.ts'
import { groupBy } from './group-by.ts'
import type { AudioCut } from './job.ts'

/** A feature vector, or why there is none. `damaged`: made of what could be read of a file that is cut off or broken. */
export type Extracted = { readonly features: Float32Array; readonly damaged?: true } | { readonly reason: string }

/**
 * Audio features of utterances by their cuts, in order. Each file is decoded once a channel, however many utterances lie
 * in it and overlap, and nothing is held but what the encoder holds. A file that cannot be decoded is a reason.
 */
export async function extractAudio(cuts: readonly AudioCut[], encoder: AudioEncoder): Promise<Extracted[]> {
  const open = cuts.map((cut) => ({ cut, utterance: encoder.start() }))
  const failures = new Map<AudioCut, string>()
  const damaged = new Set<AudioCut>()
  for (const group of groupBy(open, ({ cut }) => `${cut.channel} ${cut.file}`)) {
    const { file, channel } = group[0]!.cut
    try {
      let position = 0
      const end = Math.max(...group.map(({ cut }) => sampleAt(cut.toMs, Number.POSITIVE_INFINITY)))
      const { chunks, report } = decodeAudio(file, { channel })
      let whole = true
      for await (const samples of chunks) {
        for (const { cut, utterance } of group) pushWithin(utterance, cut, samples, position)
        position += samples.length
        if (position < end) continue
        whole = false // what comes after the last cut is nobody's
        break
      }
      const { truncated, missingMs, damagedPackets } = report()
      if (damagedPackets > 0 || (whole && (truncated || missingMs > 0))) for (const { cut } of group) damaged.add(cut)
    } catch (error) {
      if (!isEmographError(error)) throw error
      for (const { cut } of group) failures.set(cut, error.code)
    }
  }
  return open.map(({ cut, utterance }) => {
    const failure = failures.get(cut)
    if (failure !== undefined) return { reason: `the sound cannot be read: ${failure}` }
    return toExtracted(utterance.end(), damaged.has(cut))
  })
}

const sampleAt = (ms: number | undefined, otherwise: number): number =>
  ms === undefined ? otherwise : Math.round((ms * SAMPLE_RATE) / 1000)

/** The part of `samples`, of which the first is number `position` of the file, that lies in the cut. */
function pushWithin(utterance: AudioUtterance, cut: AudioCut, samples: Float32Array, position: number): void {
  const from = Math.max(0, sampleAt(cut.fromMs, 0) - position)
  const to = Math.min(samples.length, sampleAt(cut.toMs, Number.POSITIVE_INFINITY) - position)
  if (to > from) utterance.push(samples.subarray(from, to))
}

function toExtracted(encoding: AudioEncoding, damaged: boolean): Extracted {
  if (!('features' in encoding)) return { reason: encoding.reason }
  return { features: encoding.features, ...(damaged && { damaged }) }
}

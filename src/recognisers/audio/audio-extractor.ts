import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import crc32c from 'crc-32/crc32c.js'
import { explainReport } from '../../encoders/media/decode-report.ts'
import { decodeWhole } from '../../encoders/media/decode-whole.ts'
import { createRng } from '../../training/rng.ts'
import type { Extractor } from '../extractor.ts'
import { AUDIO_STEPS_NAME, audioSteps, STEP_SIZE } from './audio-features.ts'
import { type AudioVariationSettings, drawAudioVariation, varyAudio } from './audio-variation.ts'

/** Recordings whose largest sample stays below this have nothing to hear; -80 dB of full scale, as the audio encoder. */
const SILENT_PEAK = 1e-4

/** The 40 ms steps of recordings; see `audioSteps`. */
export function createAudioExtractor(settings: AudioVariationSettings): Extractor {
  const { copies, ...drawn } = settings
  return {
    name: AUDIO_STEPS_NAME,
    size: STEP_SIZE,
    copies,
    form: (copy) => (copy === 0 ? 'as recorded' : `${JSON.stringify(drawn)} ${copy}`),
    async open(bytes, file) {
      const { samples, report } = await (file === undefined ? decodeBytes(bytes) : decodeWhole(file))
      const silent = report.peak < SILENT_PEAK
      const numbers = async (copy: number): Promise<Float32Array | undefined> => {
        if (silent) return undefined
        if (copy === 0) return audioSteps(samples)
        const rng = createRng(crc32c.buf(bytes), copy)
        return audioSteps(varyAudio(samples, drawAudioVariation(settings, rng), rng))
      }
      const missing = silent ? 'the recording is silent' : 'the recording is too short'
      return { numbers, missing, remarks: explainReport(report) }
    },
    close: async () => {},
  }
}

/** {@link decodeWhole} of a file in memory: decoders read containers from disk, so it lies there for a moment. */
async function decodeBytes(bytes: Uint8Array): ReturnType<typeof decodeWhole> {
  const folder = await mkdtemp(join(tmpdir(), 'emograph-'))
  try {
    const file = join(folder, 'sound')
    await writeFile(file, bytes, { mode: 0o600 })
    return await decodeWhole(file)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

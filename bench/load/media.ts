import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { decodeVideo } from '../../src/encoders/media/decode-video.ts'
import { decodeWhole } from '../../src/encoders/media/decode-whole.ts'
import { AUDIO_SAMPLES_PER_MS } from '../../src/server/protocol/media-frame.ts'
import { gridSentence } from '../../test/support/grid-sentence.ts'

/** A recording of one person, as a microphone and a camera would give it. */
export interface Clip {
  readonly words: string
  /** 16 kHz mono */
  readonly samples: Int16Array
  /** JPEG */
  readonly pictures: readonly { readonly atMs: number; readonly jpeg: Uint8Array }[]
  readonly durationMs: number
}

/** The clips of GRID under the shared data, or the one that is given; none where there are none. */
export async function findClips(shared: string, given: string | undefined, perSecond: number): Promise<Clip[]> {
  const folder = join(shared, 'data/talking_face')
  if (given === undefined && !existsSync(folder)) return []
  const files = given === undefined ? (await readdir(folder)).sort().map((name) => join(folder, name)) : [given]
  const clips = []
  for (const file of files) clips.push(await readClip(file, perSecond))
  return clips
}

async function readClip(file: string, perSecond: number): Promise<Clip> {
  const samples = await readSamples(file)
  const pictures = []
  for await (const { data, width, height, timeMs } of decodeVideo(file, { framesPerSecond: perSecond }).frames) {
    const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 85 })
      .toBuffer()
    pictures.push({ atMs: timeMs, jpeg: new Uint8Array(jpeg) })
  }
  return {
    words: gridSentence(file) ?? 'so this is what I wanted to say',
    samples,
    pictures,
    durationMs: Math.floor(samples.length / AUDIO_SAMPLES_PER_MS),
  }
}

/** The sound of a file as a microphone gives it. */
async function readSamples(file: string): Promise<Int16Array> {
  const { samples } = await decodeWhole(file)
  return Int16Array.from(samples, (value) => Math.max(-32_768, Math.min(32_767, Math.round(value * 32_768))))
}

/**
 * Speech for the sound of many: AMI meetings (CC BY 4.0) where they are, else a voice made of a buzz through two
 * resonances, which costs a server as much.
 */
export async function findSpeech(shared: string): Promise<{ name: string; samples: Int16Array }> {
  const file = join(shared, 'data/meeting/trn03.wav')
  if (existsSync(file)) return { name: 'AMI meeting', samples: await readSamples(file) }
  return { name: 'synthetic voice', samples: syntheticVoice(20_000) }
}

function syntheticVoice(ms: number): Int16Array {
  const [one, two] = [resonance(650, 90), resonance(1_250, 120)]
  let phase = 0
  return Int16Array.from({ length: ms * AUDIO_SAMPLES_PER_MS }, (_, i) => {
    const seconds = i / 16_000
    phase += (130 + 25 * Math.sin(2 * Math.PI * 0.7 * seconds)) / 16_000
    const pulse = phase >= 1 ? 1 : 0
    phase %= 1
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 3 * seconds))
    return Math.round(6_000 * syllable * two(one(pulse)))
  })
}

/** A two-pole filter at 16 kHz. */
function resonance(hertz: number, width: number): (value: number) => number {
  const radius = Math.exp((-Math.PI * width) / 16_000)
  const a = 2 * radius * Math.cos((2 * Math.PI * hertz) / 16_000)
  let [before, last] = [0, 0]
  return (value) => {
    const out = value * (1 - radius) + a * last - radius * radius * before
    before = last
    last = out
    return out
  }
}

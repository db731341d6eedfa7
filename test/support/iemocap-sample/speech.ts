import type { SampleTurn } from './dialogues.ts'

export const SAMPLE_RATE = 16_000

/** How an emotion sounds here: pitch and its movement relative to a neutral voice, level of full scale, syllables a second. */
const MANNERS: Readonly<Record<SampleTurn['category'], { pitch: number; swing: number; level: number; rate: number }>> =
  {
    neu: { pitch: 1, swing: 0.05, level: 0.12, rate: 7 },
    hap: { pitch: 1.15, swing: 0.15, level: 0.16, rate: 7.5 },
    exc: { pitch: 1.4, swing: 0.3, level: 0.25, rate: 8.5 },
    sad: { pitch: 0.88, swing: 0.03, level: 0.06, rate: 5.5 },
    ang: { pitch: 1.25, swing: 0.1, level: 0.32, rate: 8 },
    fru: { pitch: 1.05, swing: 0.08, level: 0.2, rate: 7 },
    sur: { pitch: 1.5, swing: 0.35, level: 0.18, rate: 7 },
    xxx: { pitch: 1, swing: 0.05, level: 0.12, rate: 7 },
  }

/** First three formants of vowels in Hz (Peterson and Barney 1952, rounded); a woman's lie higher by a sixth. */
const VOWELS: Readonly<Record<string, readonly [number, number, number]>> = {
  a: [730, 1090, 2440],
  e: [530, 1840, 2480],
  i: [270, 2290, 3010],
  o: [570, 840, 2410],
  u: [300, 870, 2240],
  y: [390, 1990, 2550],
}
const FRICATIVES = /[sfhtckxz]/

/** Seconds that {@link speak} takes for a turn. */
export function secondsOf({ text, category }: SampleTurn): number {
  return 0.25 + syllablesOf(text).length / MANNERS[category].rate
}

const syllablesOf = (text: string): string[] => text.toLowerCase().match(/[^aeiouy\W]*[aeiouy]+/g) ?? []

/**
 * Something that sounds like speech: a train of pulses through resonances for each vowel, noise for consonants. It is
 * made from the letters alone and is nobody's voice. 16 kHz, one channel, full scale 1.
 */
export function speak(turn: SampleTurn, noise: () => number): Float32Array {
  const { pitch, swing, level, rate } = MANNERS[turn.category]
  const basePitch = (turn.speaker === 'F' ? 205 : 118) * pitch
  const syllables = syllablesOf(turn.text)
  const samples = new Float32Array(Math.round(secondsOf(turn) * SAMPLE_RATE))
  const perSyllable = Math.floor(SAMPLE_RATE / rate)
  const start = Math.floor(0.1 * SAMPLE_RATE)
  let phase = 0
  syllables.forEach((syllable, s) => {
    const [vowel] = syllable.match(/[aeiouy]/) ?? ['a']
    const scale = turn.speaker === 'F' ? 1.17 : 1
    const filters = VOWELS[vowel]!.map((formant, k) => resonator(formant * scale, 60 + 40 * k))
    const hissing = FRICATIVES.test(syllable)
    for (let n = 0; n < perSyllable; n += 1) {
      const place = n / perSyllable
      const f0 = basePitch * (1 + swing * Math.sin(2 * Math.PI * ((s + place) / 3.1)) - 0.08 * (s / syllables.length))
      phase += f0 / SAMPLE_RATE
      const pulse = phase >= 1 ? 1 : 0
      phase -= pulse
      const voiced = filters.reduce((sum, filter, k) => sum + filter(pulse) / (k + 1), 0)
      const breath = (noise() - 0.5) * (hissing && place < 0.3 ? 0.6 : 0.02)
      const envelope = Math.sin(Math.PI * Math.min(1, place * 1.1)) ** 0.5 || 0
      samples[start + s * perSyllable + n] = (voiced * 2 + breath) * envelope
    }
  })
  const peak = samples.reduce((largest, sample) => Math.max(largest, Math.abs(sample)), 1e-9)
  // A room is never silent: digital silence would be told apart by its silence alone.
  return samples.map((sample) => (sample / peak) * level + (noise() - 0.5) * 0.002)
}

/** Two-pole resonance at `frequency` Hz of `bandwidth` Hz (Klatt 1980, eq. 1-2). */
function resonator(frequency: number, bandwidth: number): (input: number) => number {
  const c = -Math.exp((-2 * Math.PI * bandwidth) / SAMPLE_RATE)
  const b = 2 * Math.exp((-Math.PI * bandwidth) / SAMPLE_RATE) * Math.cos((2 * Math.PI * frequency) / SAMPLE_RATE)
  const a = 1 - b - c
  let y1 = 0
  let y2 = 0
  return (input) => {
    const y = a * input + b * y1 + c * y2
    y2 = y1
    y1 = y
    return y
  }
}

/** A WAVE file of 16-bit samples, its channels interleaved. */
export function waveFile(channels: readonly Float32Array[]): Buffer {
  const length = channels[0]!.length
  const bytes = Buffer.alloc(44 + length * channels.length * 2)
  bytes.write('RIFF', 0, 'latin1')
  bytes.writeUInt32LE(bytes.length - 8, 4)
  bytes.write('WAVEfmt ', 8, 'latin1')
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(channels.length, 22)
  bytes.writeUInt32LE(SAMPLE_RATE, 24)
  bytes.writeUInt32LE(SAMPLE_RATE * channels.length * 2, 28)
  bytes.writeUInt16LE(channels.length * 2, 32)
  bytes.writeUInt16LE(16, 34)
  bytes.write('data', 36, 'latin1')
  bytes.writeUInt32LE(bytes.length - 44, 40)
  for (let n = 0; n < length; n += 1) {
    channels.forEach((samples, c) => {
      const value = Math.round(Math.max(-1, Math.min(1, samples[n]!)) * 32767)
      bytes.writeInt16LE(value, 44 + (n * channels.length + c) * 2)
    })
  }
  return bytes
}

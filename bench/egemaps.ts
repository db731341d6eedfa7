/**
 * Our eGeMAPS columns against the published ones on the 65 public IEMOCAP clips: Pearson's r, the straight line between
 * them, and the time it takes.
 *
 *   npm run bench:egemaps [-- --json] [-- --write-calibration]
 *
 * The clips are re-encoded (AAC, 22.05 kHz), so equality cannot be. `--write-calibration` writes the lines to
 * models/egemaps-iemocap/calibration.json.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAudioEncoder } from '../src/encoders/audio/audio-encoder.ts'
import { FUNCTIONAL_COLUMNS } from '../src/encoders/audio/functionals.ts'
import { iemocapChannel } from '../src/encoders/audio/iemocap-channel.ts'
import { createVoiceActivityDetector } from '../src/encoders/audio/vad/silero.ts'
import { createUtteranceFinder } from '../src/encoders/audio/vad/utterance-finder.ts'
import { decodeAudio } from '../src/encoders/media/decode-audio.ts'
import { SAMPLE_RATE } from '../src/encoders/media/resampler.ts'
import { cpuMs } from './cpu-ms.ts'
import { mean, median } from './statistics.ts'

const SHARED = process.env.EMOGRAPH_SHARED ?? join(import.meta.dirname, '../../shared')
const CLIPS = join(SHARED, 'data/iemocap_clips')
const PUBLISHED_COLUMNS = 66
const COUNT = FUNCTIONAL_COLUMNS.length

interface Line {
  readonly r: number
  readonly slope: number
  readonly intercept: number
}

function deviationOf(values: readonly number[]): number {
  const centre = mean(values)
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)))
}

/** Least squares: y = slope x + intercept. */
function fitLine(x: readonly number[], y: readonly number[]): Line {
  const [mx, my] = [mean(x), mean(y)]
  const cross = mean(x.map((value, k) => (value - mx) * (y[k]! - my)))
  const slope = cross / deviationOf(x) ** 2
  return { r: cross / (deviationOf(x) * deviationOf(y)), slope, intercept: my - slope * mx }
}

/** Error of the line for clips that it was not fitted on, each left out in turn, in deviations of the published column. */
function leftOutError(x: readonly number[], y: readonly number[]): { raw: number; calibrated: number } {
  const without = (values: readonly number[], k: number): number[] => values.filter((_, j) => j !== k)
  const errors = x.map((value, k) => {
    const { slope, intercept } = fitLine(without(x, k), without(y, k))
    return { raw: (value - y[k]!) ** 2, calibrated: (slope * value + intercept - y[k]!) ** 2 }
  })
  const scale = deviationOf(y)
  return {
    raw: Math.sqrt(mean(errors.map((error) => error.raw))) / scale,
    calibrated: Math.sqrt(mean(errors.map((error) => error.calibrated))) / scale,
  }
}

async function samplesOf(file: string, id: string): Promise<Float32Array[]> {
  const chunks: Float32Array[] = []
  for await (const chunk of decodeAudio(file, { channel: iemocapChannel(id) }).chunks) chunks.push(chunk.slice())
  return chunks
}

const cell = (value: number, digits = 3): string => value.toFixed(digits).padStart(9)
const number = (value: number): string => value.toPrecision(4).padStart(10)

async function main(): Promise<void> {
  if (!existsSync(CLIPS)) {
    console.log(`skipped: ${CLIPS} is not there (set EMOGRAPH_SHARED)`)
    return
  }
  const { rows_all: rows } = JSON.parse(readFileSync(join(SHARED, 'data/iemocap/audio66_columns.json'), 'utf8')) as {
    rows_all: string[]
  }
  const bytes = readFileSync(join(SHARED, 'data/iemocap/audio66_all10039.f32'))
  const published = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))

  const encoder = createAudioEncoder()
  const detector = await createVoiceActivityDetector()
  const ours: Float32Array[] = []
  const theirs: Float32Array[] = []
  let decodeTime = 0
  let encodeTime = 0
  let voiceTime = 0
  let seconds = 0
  for (const name of readdirSync(CLIPS)
    .filter((file) => file.endsWith('.mp4'))
    .sort()) {
    const id = name.replace('.mp4', '')
    const begin = cpuMs()
    const chunks = await samplesOf(join(CLIPS, name), id)
    const decoded = cpuMs()
    const utterance = encoder.start()
    for (const chunk of chunks) utterance.push(chunk)
    const result = utterance.end()
    const encoded = cpuMs()
    const finder = createUtteranceFinder(detector)
    for (const chunk of chunks) await finder.push(chunk)
    finder.end()
    voiceTime += cpuMs() - encoded
    encodeTime += encoded - decoded
    decodeTime += decoded - begin
    seconds += result.durationMs / 1000
    if (!('features' in result)) throw new Error(`${id}: ${result.reason}`)
    const row = rows.indexOf(id) * PUBLISHED_COLUMNS
    ours.push(result.features)
    theirs.push(published.subarray(row, row + COUNT))
  }

  const columns = FUNCTIONAL_COLUMNS.map((name, k) => {
    const x = ours.map((row) => row[k]!)
    const y = theirs.map((row) => row[k]!)
    const ownFigures = { mean: mean(x), std: deviationOf(x) }
    const theirFigures = { publishedMean: mean(y), publishedStd: deviationOf(y) }
    return { name, ...fitLine(x, y), ...ownFigures, ...theirFigures, error: leftOutError(x, y) }
  })
  const r = (names: readonly string[]): number =>
    Math.min(...columns.filter(({ name }) => names.includes(name)).map((c) => c.r))
  const spectral = FUNCTIONAL_COLUMNS.slice(1, 10)
  const summary = {
    clips: ours.length,
    seconds,
    median: median(columns.map((column) => column.r)),
    loudness: r(['gemaps_mean_loudness']),
    lowestSpectralMean: r(spectral),
    f0: r(['gemaps_mean_F0semitone']),
    errorRaw: median(columns.map((column) => column.error.raw)),
    errorCalibrated: median(columns.map((column) => column.error.calibrated)),
    decodeMsPerSecond: decodeTime / seconds,
    encodeMsPerSecond: encodeTime / seconds,
    voiceActivityMsPerSecond: voiceTime / seconds,
    totalMsPerSecond: (decodeTime + encodeTime + voiceTime) / seconds,
    sampleRate: SAMPLE_RATE,
  }

  console.log(
    `${'column'.padEnd(30)}        r    slope intercept      ours       ±  published         ±  error ->calibrated`,
  )
  for (const c of columns) {
    console.log(
      `${c.name.padEnd(30)}${cell(c.r)}${cell(c.slope)}${number(c.intercept)}${number(c.mean)}${number(c.std)}` +
        `${number(c.publishedMean)}${number(c.publishedStd)}${cell(c.error.raw, 2)}${cell(c.error.calibrated, 2)}`,
    )
  }
  console.log(`\n${summary.clips} clips, ${seconds.toFixed(0)} s`)
  console.log(
    `r: median of ${COUNT} columns ${summary.median.toFixed(3)} (aim .6); mean loudness ${summary.loudness.toFixed(3)} (.95);`,
  )
  console.log(
    `   lowest spectral or cepstral mean ${summary.lowestSpectralMean.toFixed(3)} (.9); mean F0 ${summary.f0.toFixed(3)} (.9)`,
  )
  console.log(
    `error in published deviations, median column: ${summary.errorRaw.toFixed(2)}; by the line, clip left out: ${summary.errorCalibrated.toFixed(2)}`,
  )
  console.log(
    `CPU a second of sound: encoding ${summary.encodeMsPerSecond.toFixed(1)} ms, voice activity ${summary.voiceActivityMsPerSecond.toFixed(1)} ms, decoding MP4 ${summary.decodeMsPerSecond.toFixed(1)} ms; together ${summary.totalMsPerSecond.toFixed(1)} ms (aim 30)`,
  )
  if (process.argv.includes('--write-calibration')) {
    const file = join(import.meta.dirname, '../models/egemaps-iemocap/calibration.json')
    const round = (value: number): number => Number(value.toPrecision(7))
    const lines = {
      columns: FUNCTIONAL_COLUMNS,
      slope: columns.map((c) => round(c.slope)),
      intercept: columns.map((c) => round(c.intercept)),
    }
    writeFileSync(file, `${JSON.stringify(lines)}\n`)
    console.log(`written: ${file}`)
  }
  if (process.argv.includes('--json')) console.log(JSON.stringify({ benchmark: 'egemaps', ...summary, columns }))
}

await main()

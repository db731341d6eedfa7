import { DESCRIPTORS, FIRST_VOICED_DESCRIPTOR } from '../../encoders/audio/lld/descriptors.ts'
import { LOG_MEL_BANDS } from '../../encoders/audio/log-mel.ts'
import { FRAMES_PER_STEP, STEP_SIZE } from './audio-features.ts'

const LOUDNESS = DESCRIPTORS.indexOf('loudness')
const F0 = DESCRIPTORS.indexOf('F0semitone')
/** Descriptors that mean something only while the voice sounds, F0 apart: jitter to H1-A3. */
const VOICED = Array.from({ length: 5 }, (_, k) => FIRST_VOICED_DESCRIPTOR + 1 + k)
/** A step is speech when it is louder than the quietest fifth by this part of the way to the loudest step. */
const SPEECH_LEVEL = 0.15
const QUIET = 0.2
/** Fewer steps of speech than this: the whole recording is taken. */
const LEAST_STEPS = 5
const STEP_SECONDS = (FRAMES_PER_STEP * 10) / 1000

const COLUMNS = [...DESCRIPTORS, ...Array.from({ length: LOG_MEL_BANDS }, (_, band) => `logmel${band}`)]

/** Names of the functionals, in order. */
export const FUNCTIONAL_NAMES: readonly string[] = [
  ...['mean', 'std', 'change'].flatMap((kind) => COLUMNS.map((column) => `${kind}_${column}`)),
  ...['mean', 'std', 'p5', 'p95'].map((kind) => `voiced_${kind}_F0semitone`),
  ...VOICED.map((column) => `voiced_mean_${DESCRIPTORS[column]!}`),
  'speech_share',
  'voiced_share',
  'speech_seconds',
]

/**
 * Functionals of an utterance for a perceptron: mean, deviation and mean absolute change of every descriptor and band
 * over the steps with speech, pitch and voice quality over the voiced ones, and how much of either there is. Silence is
 * left out of the means: how long somebody waits before speaking says nothing, and it would drown what does.
 *
 * @param steps [T * STEP_SIZE] of `audioSteps`
 * @returns one number for each of {@link FUNCTIONAL_NAMES}
 */
export function functionals(steps: Float32Array): Float32Array {
  const rows = Array.from({ length: steps.length / STEP_SIZE }, (_, t) =>
    steps.subarray(t * STEP_SIZE, (t + 1) * STEP_SIZE),
  )
  const loudness = rows.map((row) => row[LOUDNESS]!)
  const quiet = quantile(loudness, QUIET)
  const level = quiet + SPEECH_LEVEL * (Math.max(...loudness) - quiet)
  const loud = rows.filter((row) => row[LOUDNESS]! > level)
  const speech = loud.length >= LEAST_STEPS ? loud : rows
  const sounding = rows.filter((row) => row[F0]! > 1)
  const voiced = sounding.length >= LEAST_STEPS ? sounding : speech
  const pitch = voiced.map((row) => row[F0]!)
  return Float32Array.from([
    ...perColumn(speech, meanOf),
    ...perColumn(speech, deviationOf),
    ...perColumn(speech, changeOf),
    meanOf(pitch),
    deviationOf(pitch),
    quantile(pitch, 0.05),
    quantile(pitch, 0.95),
    ...VOICED.map((column) => meanOf(voiced.map((row) => row[column]!))),
    loud.length / rows.length,
    sounding.length / rows.length,
    loud.length * STEP_SECONDS,
  ])
}

function perColumn(rows: readonly Float32Array[], of: (values: readonly number[]) => number): number[] {
  return COLUMNS.map((_, column) => of(rows.map((row) => row[column]!)))
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values)
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)))
}

const changeOf = (values: readonly number[]): number =>
  values.length < 2 ? 0 : meanOf(values.slice(1).map((value, t) => Math.abs(value - values[t]!)))

/** The quantile by linear interpolation between the sorted values (numpy's default). */
function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = part * (sorted.length - 1)
  const low = sorted[Math.floor(place)]!
  return low + (sorted[Math.ceil(place)]! - low) * (place - Math.floor(place))
}

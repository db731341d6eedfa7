/**
 * The visual encoder on real clips: how fast it is, in how many frames it finds the face, and how its landmark measures
 * follow the action units that OpenFace (Baltrusaitis et al. 2018) found in the same frames, and the speaker's voice.
 *
 *   npm run bench:visual [-- --json] [-- --clips 65]
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'csv-parse/sync'
import { iemocapChannel } from '../src/encoders/audio/iemocap-channel.ts'
import { decodeVideo } from '../src/encoders/media/decode-video.ts'
import { decodeWhole } from '../src/encoders/media/decode-whole.ts'
import { iemocapSide } from '../src/encoders/media/iemocap-side.ts'
import { SAMPLE_RATE } from '../src/encoders/media/resampler.ts'
import type { VideoFrame } from '../src/encoders/media/video-frame.ts'
import { alignedSquare, createFaceEncoder, type FaceEncoder } from '../src/encoders/visual/face-encoder.ts'
import { FACE_MEASURES, faceMeasures } from '../src/encoders/visual/face-measures.ts'
import { createFaceMesh, type FaceMesh } from '../src/encoders/visual/face-mesh.ts'
import { createFaceTracker } from '../src/encoders/visual/face-tracker.ts'
import { createVisualEncoder, type VisualEncoder } from '../src/encoders/visual/visual-encoder.ts'
import { packagePath } from '../src/package.ts'

const SHARED = process.env.EMOGRAPH_SHARED ?? join(import.meta.dirname, '../../shared')
const TALKING = join(SHARED, 'data/talking_face')
const CLIPS = join(SHARED, 'data/iemocap_clips')
/** Frames a second at which measures are compared: a blink lasts a tenth of a second or more. */
const COMPARED_PER_SECOND = 15
/** The clips' frame rate, of which OpenFace looked at every frame. */
const OPENFACE_FPS = 29.97

/** Which measure should follow which action unit, and in which direction. */
const PAIRS: ReadonlyArray<readonly [measure: string, unit: string, sign: 1 | -1]> = [
  ['mouth_opening', 'AU25', 1],
  ['mouth_opening', 'AU26', 1],
  ['jaw_drop', 'AU26', 1],
  ['mouth_corners', 'AU12', 1],
  ['mouth_width', 'AU12', 1],
  ['upper_lip', 'AU10', -1],
  ['lip_thickness', 'AU23', -1],
  ['inner_brow', 'AU01', 1],
  ['outer_brow', 'AU02', 1],
  ['inner_brow', 'AU04', -1],
  ['brow_distance', 'AU04', -1],
  ['eye_opening', 'AU45', -1],
]

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

function pearson(x: readonly number[], y: readonly number[]): number {
  const [mx, my] = [mean(x), mean(y)]
  const sums = x.map((value, k) => [value - mx, y[k]! - my] as const)
  const product = (f: (pair: readonly [number, number]) => number): number =>
    sums.reduce((sum, pair) => sum + f(pair), 0)
  return product(([a, b]) => a * b) / Math.sqrt(product(([a]) => a * a) * product(([, b]) => b * b))
}

async function framesOf(file: string): Promise<{ frames: VideoFrame[]; msPerFrame: number }> {
  const frames: VideoFrame[] = []
  const before = cpuMs()
  for await (const frame of decodeVideo(file).frames) frames.push(frame)
  return { frames, msPerFrame: (cpuMs() - before) / frames.length }
}

/** Processor time of each step, one frame at a time, over the frames of one clip. */
async function stepTimes(faces: FaceEncoder, mesh: FaceMesh, frames: readonly VideoFrame[]) {
  let [detect, landmarks, whole] = [0, 0, 0]
  for (const frame of frames) {
    const start = cpuMs()
    const [face] = await faces.detect(frame)
    detect += cpuMs() - start
    if (!face) continue
    const before = cpuMs()
    await mesh.run(frame, alignedSquare(face))
    landmarks += cpuMs() - before
    const after = cpuMs()
    await faces.describe(frame, face)
    whole += cpuMs() - after
  }
  const each = (total: number): number => total / frames.length
  return {
    detectMs: each(detect),
    landmarksMs: each(landmarks),
    expressionAndDescriptorMs: each(whole - landmarks),
    framesPerSecond: 1000 / each(detect + whole),
  }
}

/** Frames come in real time; from the last push to the features, by the clock and in processor time. */
async function delayAfterLastFrame(encoder: VisualEncoder, frames: readonly VideoFrame[]) {
  const utterance = encoder.start()
  const began = performance.now()
  const pushed: Array<Promise<void>> = []
  let last = { clock: 0, processor: 0 }
  for (const frame of frames) {
    await sleep(Math.max(0, frame.timeMs - frames[0]!.timeMs - (performance.now() - began)))
    last = { clock: performance.now(), processor: cpuMs() }
    pushed.push(utterance.push(frame))
  }
  await utterance.end()
  const delay = { clock: performance.now() - last.clock, processor: cpuMs() - last.processor }
  await Promise.all(pushed)
  return delay
}

interface Coverage {
  readonly clips: number
  readonly missing: number
  readonly frames: number
  readonly share: number
}

async function coverage(encoder: VisualEncoder, files: readonly string[]): Promise<Coverage> {
  let [missing, frames, withFace] = [0, 0, 0]
  for (const file of files) {
    const result = await encoder.encode(decodeVideo(file).frames)
    if ('missing' in result) missing += 1
    frames += result.counts.taken
    withFace += result.counts.withFace
  }
  return { clips: files.length, missing, frames, share: withFace / frames }
}

/** One frame: its measures, OpenFace's action units where it says that it saw the face, and how loud it is then. */
interface ComparedFrame {
  readonly measures: Float32Array
  readonly units: Readonly<Record<string, number>> | undefined
  readonly loudness: number
}

interface ComparedClip {
  /** Whether the face is the speaker's; the clips of IEMOCAP always show the actor on the left. */
  readonly shown: 'speaker' | 'listener'
  readonly frames: readonly ComparedFrame[]
}

async function comparedClip(faces: FaceEncoder, mesh: FaceMesh, file: string): Promise<ComparedClip> {
  const id = basename(file, extname(file))
  const table = file.replace('.mp4', '.csv')
  const units: Array<Record<string, number>> = table.endsWith('.csv')
    ? parse(readFileSync(table), { columns: true, cast: true, trim: true })
    : []
  const iemocap = id.startsWith('Ses')
  const loudnessAt = await loudnessOf(file, iemocap ? iemocapChannel(id) : 'mix')
  const frames: ComparedFrame[] = []
  const tracker = createFaceTracker()
  for await (const frame of decodeVideo(file, { framesPerSecond: COMPARED_PER_SECOND }).frames) {
    const tracked = tracker.update(await faces.detect(frame), frame.timeMs)
    if (!tracked) continue
    const measures = faceMeasures((await mesh.run(frame, alignedSquare(tracked.face))).landmarks)
    const row = units[Math.round((frame.timeMs * OPENFACE_FPS) / 1000)]
    if (measures)
      frames.push({ measures, units: row?.success === 1 ? row : undefined, loudness: loudnessAt(frame.timeMs) })
  }
  return { shown: !iemocap || iemocapSide(id) === 'left' ? 'speaker' : 'listener', frames }
}

/** Logarithm of the root mean square of the 100 ms of sound around a time. */
async function loudnessOf(file: string, channel: number | 'mix'): Promise<(timeMs: number) => number> {
  const { samples } = await decodeWhole(file, { channel })
  return (timeMs) => {
    const at = (ms: number): number => Math.max(0, Math.round((ms * SAMPLE_RATE) / 1000))
    const window = samples.subarray(at(timeMs - 50), at(timeMs + 50))
    const power = window.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, window.length)
    return Math.log(1e-5 + Math.sqrt(power))
  }
}

/** Pearson's r over all frames in which both are there, each clip about its own mean, and the median r of single clips. */
function follow(
  clips: readonly ComparedClip[],
  x: (frame: ComparedFrame) => number | undefined,
  y: (frame: ComparedFrame) => number | undefined,
) {
  const [xs, ys, single]: [number[], number[], number[]] = [[], [], []]
  for (const { frames } of clips) {
    const pairs = frames
      .map((frame) => [x(frame), y(frame)] as const)
      .filter((pair): pair is readonly [number, number] => pair[0] !== undefined && pair[1] !== undefined)
    if (pairs.length < 20) continue
    const [a, b] = [pairs.map(([value]) => value), pairs.map(([, value]) => value)]
    const r = pearson(a, b)
    if (Number.isFinite(r)) single.push(r)
    xs.push(...a.map((value) => value - mean(a)))
    ys.push(...b.map((value) => value - mean(b)))
  }
  return { frames: xs.length, r: pearson(xs, ys), medianClip: median(single) }
}

const measured = (name: string) => {
  const column = (FACE_MEASURES as readonly string[]).indexOf(name)
  return (frame: ComparedFrame): number => frame.measures[column]!
}
const unitOf = (name: string) => (frame: ComparedFrame) => frame.units?.[`${name}_r`]

async function main(): Promise<void> {
  if (!existsSync(TALKING) || !existsSync(CLIPS)) {
    console.log(`skipped: no ${TALKING} or no ${CLIPS} (set EMOGRAPH_SHARED)`)
    return
  }
  const at = process.argv.indexOf('--clips')
  const list = (folder: string, end: string): string[] =>
    readdirSync(folder)
      .filter((name) => name.endsWith(end))
      .sort()
      .map((name) => join(folder, name))
  const [talking, all] = [list(TALKING, '.mpg'), list(CLIPS, '.mp4')]
  const clips = all.slice(0, at > 0 ? Number(process.argv[at + 1]) : all.length)

  const faces = await createFaceEncoder()
  const mesh = await createFaceMesh(packagePath('models/face/facemesh.onnx'))
  const encoder = await createVisualEncoder({ faces })
  const { frames, msPerFrame: decodeMs } = await framesOf(talking[0]!)
  await encoder.encode(frames) // warm up
  const steps = { decodeMs, ...(await stepTimes(faces, mesh, frames)) }
  const delays: Array<{ clock: number; processor: number }> = []
  for (const file of talking) {
    // The worst case: the last frame is one that is looked at.
    const lastTaken = (await framesOf(file)).frames.filter(({ timeMs }) => timeMs <= 2800)
    delays.push(await delayAfterLastFrame(encoder, lastTaken))
  }
  const clock = delays.map((delay) => delay.clock)
  const speed = {
    ...steps,
    medianDelayMs: median(clock),
    worstDelayMs: Math.max(...clock),
    medianDelayProcessorMs: median(delays.map((delay) => delay.processor)),
  }
  console.log('Speed: processor time a frame (360 x 288), delay from the last frame to the features (real time)')
  console.table(speed)

  const found = { talking_face: await coverage(encoder, talking), iemocap_clips: await coverage(encoder, clips) }
  console.log('Faces found, frames looked at 5 a second')
  console.table(found)

  const compared: ComparedClip[] = []
  for (const file of clips) compared.push(await comparedClip(faces, mesh, file))
  const units = PAIRS.map(([measure, unit, sign]) => ({
    measure,
    unit,
    expected: sign > 0 ? '+' : '-',
    ...follow(compared, measured(measure), unitOf(unit)),
  }))
  console.log("Measures against OpenFace's action units on iemocap_clips: Pearson's r, each clip about its own mean")
  console.table(units)

  const grid: ComparedClip[] = []
  for (const file of talking) grid.push(await comparedClip(faces, mesh, file))
  const ofShown = (shown: string): ComparedClip[] => compared.filter((clip) => clip.shown === shown)
  const groups = {
    talking_face: grid,
    'iemocap, speaker': ofShown('speaker'),
    'iemocap, listener': ofShown('listener'),
  }
  const voice = Object.entries(groups).flatMap(([shown, some]) => [
    { shown, value: 'mouth_opening', ...follow(some, measured('mouth_opening'), (frame) => frame.loudness) },
    ...(some === grid
      ? []
      : [{ shown, value: 'AU25 of OpenFace', ...follow(some, unitOf('AU25'), (f) => f.loudness) }]),
  ])
  console.log("The mouth against the loudness of the utterance: Pearson's r, each clip about its own mean")
  console.table(voice)
  if (process.argv.includes('--json')) console.log(JSON.stringify({ speed, found, units, voice }))
  await encoder.dispose()
  await mesh.dispose()
  await faces.dispose()
}

await main()

/**
 * The visual encoder on real clips: how fast it is, in how many frames it finds the face, and how its landmark measures
 * follow the action units that OpenFace (Baltrusaitis et al. 2018) found in the same frames, and the speaker's voice.
 *
 *   npm run bench:visual [-- --json] [-- --clips 65]
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeVideo } from '../src/encoders/media/decode-video.ts'
import type { VideoFrame } from '../src/encoders/media/video-frame.ts'
import { alignedSquare, createFaceEncoder, type FaceEncoder } from '../src/encoders/visual/face-encoder.ts'
import { createFaceMesh, type FaceMesh } from '../src/encoders/visual/face-mesh.ts'
import { createVisualEncoder, type VisualEncoder } from '../src/encoders/visual/visual-encoder.ts'
import { packagePath } from '../src/package.ts'
import { cpuMs } from './cpu-ms.ts'
import { median } from './statistics.ts'
import { type ComparedClip, comparedClip, follow, measured, unitOf } from './visual-follow.ts'

const SHARED = process.env.EMOGRAPH_SHARED ?? join(import.meta.dirname, '../../shared')
const TALKING = join(SHARED, 'data/talking_face')
const CLIPS = join(SHARED, 'data/iemocap_clips')

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

import { readFileSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { parse } from 'csv-parse/sync'
import { iemocapChannel } from '../src/encoders/audio/iemocap-channel.ts'
import { decodeVideo } from '../src/encoders/media/decode-video.ts'
import { decodeWhole } from '../src/encoders/media/decode-whole.ts'
import { iemocapSide } from '../src/encoders/media/iemocap-side.ts'
import { SAMPLE_RATE } from '../src/encoders/media/resampler.ts'
import { alignedSquare, type FaceEncoder } from '../src/encoders/visual/face-encoder.ts'
import { FACE_MEASURES, faceMeasures } from '../src/encoders/visual/face-measures.ts'
import type { FaceMesh } from '../src/encoders/visual/face-mesh.ts'
import { createFaceTracker } from '../src/encoders/visual/face-tracker.ts'
import { mean, median } from './statistics.ts'

/** Frames a second at which measures are compared: a blink lasts a tenth of a second or more. */
const COMPARED_PER_SECOND = 15
/** The clips' frame rate, of which OpenFace looked at every frame. */
const OPENFACE_FPS = 29.97

/** One frame: its measures, OpenFace's action units where it says that it saw the face, and how loud it is then. */
export interface ComparedFrame {
  readonly measures: Float32Array
  readonly units: Readonly<Record<string, number>> | undefined
  readonly loudness: number
}

export interface ComparedClip {
  /** Whether the face is the speaker's; the clips of IEMOCAP always show the actor on the left. */
  readonly shown: 'speaker' | 'listener'
  readonly frames: readonly ComparedFrame[]
}

/** What is compared of a clip: one face, followed through its frames. */
export async function comparedClip(faces: FaceEncoder, mesh: FaceMesh, file: string): Promise<ComparedClip> {
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

function centred(values: readonly number[]): number[] {
  const centre = mean(values)
  return values.map((value) => value - centre)
}

function pearson(x: readonly number[], y: readonly number[]): number {
  const others = centred(y)
  const sums = centred(x).map((value, k) => [value, others[k]!] as const)
  const product = (f: (pair: readonly [number, number]) => number): number =>
    sums.reduce((sum, pair) => sum + f(pair), 0)
  return product(([a, b]) => a * b) / Math.sqrt(product(([a]) => a * a) * product(([, b]) => b * b))
}

/** Pearson's r over all frames in which both are there, each clip about its own mean, and the median r of single clips. */
export function follow(
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
    xs.push(...centred(a))
    ys.push(...centred(b))
  }
  return { frames: xs.length, r: pearson(xs, ys), medianClip: median(single) }
}

export const measured = (name: string) => {
  const column = (FACE_MEASURES as readonly string[]).indexOf(name)
  return (frame: ComparedFrame): number => frame.measures[column]!
}
export const unitOf = (name: string) => (frame: ComparedFrame) => frame.units?.[`${name}_r`]

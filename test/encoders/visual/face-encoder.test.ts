import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeVideo } from '../../../src/encoders/media/decode-video.ts'
import { loadMediaLibrary } from '../../../src/encoders/media/media-library.ts'
import type { RgbImage, VideoFrame } from '../../../src/encoders/media/video-frame.ts'
import { loadDescriptorProjection } from '../../../src/encoders/visual/descriptor-projection.ts'
import { createFaceEncoder, type FaceEncoder } from '../../../src/encoders/visual/face-encoder.ts'
import { createVisualEncoder } from '../../../src/encoders/visual/visual-encoder.ts'
import { packagePath } from '../../../src/package.ts'
import { collect } from '../../support/collect.ts'
import { expectError } from '../../support/errors.ts'
import { picture } from '../../support/pictures.ts'
import { describeWithShared, SHARED } from '../../support/shared-data.ts'

const CLIP = join(import.meta.dirname, '../../fixtures/talking-face/lbbc2a.mp4')
let faces: FaceEncoder
beforeAll(async () => {
  faces = await createFaceEncoder()
})
afterAll(() => faces.dispose())

test('the shipped models give no age and no sex, not even unused', async () => {
  const session = await InferenceSession.create(packagePath('models/face/faceres.onnx'))
  expect(session.outputNames).toEqual(['global_pooling/Mean'])
  await session.release()
  for (const name of ['blazeface', 'facemesh', 'emotion', 'faceres']) {
    const names = readFileSync(packagePath(`models/face/${name}.onnx`)).toString('latin1')
    expect(names).not.toMatch(/gender|age_pred|identity_pred/i)
  }
})

test('a picture without a face says so; models that are not there are coded errors', async () => {
  const grey = picture(64, 48, () => [128, 128, 128])
  expect(await faces.encodeFace(grey)).toMatchObject({ missing: 'no-face' })
  await expectError(() => createFaceEncoder({ folder: '/nowhere' }), 'EMO_ENCODER_UNAVAILABLE')
  await expectError(() => loadDescriptorProjection('/nowhere'), 'EMO_ENCODER_UNAVAILABLE')
})

const there = (await loadMediaLibrary()) !== undefined
describe.skipIf(!there)(there ? 'a talking face' : 'a talking face [skipped: no node-av to decode it]', () => {
  let frames: VideoFrame[] = []
  beforeAll(async () => {
    frames = await collect(decodeVideo(CLIP, { framesPerSecond: 3 }).frames)
  })

  test('is found in every frame, its landmarks in their places', async () => {
    for (const frame of frames) {
      const [face, ...others] = await faces.detect(frame)
      expect(others).toEqual([])
      const seen = (await faces.describe(frame, face!))!
      expect(seen.faceProbability).toBeGreaterThan(0.9)
      const at = (k: number) => ({ x: seen.landmarks[3 * k]!, y: seen.landmarks[3 * k + 1]! })
      const { box } = face!
      for (let k = 0; k < 468; k += 1) {
        // The box ends at the eyebrows; the forehead lies above it.
        expect(at(k).x).toBeGreaterThan(box.x - 0.1 * box.width)
        expect(at(k).x).toBeLessThan(box.x + 1.1 * box.width)
        expect(at(k).y).toBeGreaterThan(box.y - 0.3 * box.height)
        expect(at(k).y).toBeLessThan(box.y + 1.1 * box.height)
      }
      // The landmark model and the detector agree about the eyes, to a tenth of the face.
      for (const [corners, eye] of [[[33, 133], face!.leftEye] as const, [[362, 263], face!.rightEye] as const]) {
        const middle = {
          x: (at(corners[0]!).x + at(corners[1]!).x) / 2,
          y: (at(corners[0]!).y + at(corners[1]!).y) / 2,
        }
        expect(Math.hypot(middle.x - eye.x, middle.y - eye.y)).toBeLessThan(0.1 * box.width)
      }
      expect(at(152).y).toBeGreaterThan(at(14).y) // chin under lips
      expect(at(13).y).toBeGreaterThan(at(2).y) // lips under nose
    }
  })

  test('gives probabilities and a descriptor that a small shift does not overturn', async () => {
    const [frame] = frames
    const moved: RgbImage = { ...frame!, data: shifted(frame!, 7, 3) }
    const [a, b] = [await faces.encodeFace(frame!), await faces.encodeFace(moved)]
    if (!('descriptor' in a && 'descriptor' in b)) throw new Error('no face')
    const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0)
    expect(sum(a.expressions)).toBeCloseTo(1, 4)
    expect(a.descriptor.length).toBe(1024)
    const cosine = (x: Float32Array, y: Float32Array): number =>
      sum(x.map((value, k) => value * y[k]!)) / Math.sqrt(sum(x.map((v) => v * v)) * sum(y.map((v) => v * v)))
    expect(cosine(a.descriptor, b.descriptor)).toBeGreaterThan(0.9)
    expect(b.square.centre.x - a.square.centre.x).toBeCloseTo(7, -0.5)
  })

  test('whole pictures are taken as they are', async () => {
    const seen = await faces.encodeFace(frames[0]!, { whole: true })
    expect(seen).toMatchObject({ square: { centre: { x: 160, y: 128 }, side: 320, angle: 0 } })
  })

  test('becomes features: finite, the same every time, from a stream as from the whole', async () => {
    const encoder = await createVisualEncoder({ faces, framesPerSecond: 3 })
    const whole = await encoder.encode(frames)
    const utterance = encoder.start()
    for (const frame of frames) void utterance.push(frame)
    expect(await utterance.end()).toEqual(whole)
    if (!('features' in whole)) throw new Error(whole.reason)
    expect(whole.features.length).toBe(encoder.columns.length)
    expect(whole.features.every((value) => Number.isFinite(value))).toBe(true)
    expect(whole.counts.withFace).toBe(frames.length)
  })
})

function shifted({ data, width, height }: RgbImage, dx: number, dy: number): Uint8Array {
  const out = new Uint8Array(data.length)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const from = (Math.max(0, y - dy) * width + Math.max(0, x - dx)) * 3
      out.set(data.subarray(from, from + 3), (y * width + x) * 3)
    }
  }
  return out
}

describeWithShared('data/iemocap_clips', 'a small turned face in a dim recording', () => {
  test('is found in nearly all frames', async () => {
    const encoder = await createVisualEncoder({ faces, framesPerSecond: 2 })
    let [taken, withFace] = [0, 0]
    for (const id of ['Ses01F_impro01_M002', 'Ses01M_impro03_F020', 'Ses01F_script03_1_F000']) {
      const file = join(SHARED, `data/iemocap_clips/${id}.mp4`)
      const { counts } = await encoder.encode(decodeVideo(file).frames)
      taken += counts.taken
      withFace += counts.withFace
    }
    expect(taken).toBeGreaterThan(10)
    expect(withFace / taken).toBeGreaterThan(0.9)
  })
})

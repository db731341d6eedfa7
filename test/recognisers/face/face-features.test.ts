import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decodeVideo } from '../../../src/encoders/media/decode-video.ts'
import { loadMediaLibrary } from '../../../src/encoders/media/media-library.ts'
import { createFaceEncoder } from '../../../src/encoders/visual/face-encoder.ts'
import { createDetectorFinder } from '../../../src/recognisers/face/face-features.ts'
import { collect } from '../../support/collect.ts'
import { picture } from '../../support/pictures.ts'

const CLIP = join(import.meta.dirname, '../../fixtures/talking-face/lbbc2a.mp4')

test('there is no square where there is no face', async () => {
  const finder = await createDetectorFinder()
  expect(await finder.find(picture(64, 48, () => [128, 128, 128]))).toBeUndefined()
  await finder.dispose()
})

const there = (await loadMediaLibrary()) !== undefined
describe.skipIf(!there)(there ? 'a talking face' : 'a talking face [skipped: no node-av to decode it]', () => {
  test('is cut out as the visual encoder cuts it out', async () => {
    const [finder, faces] = [await createDetectorFinder(), await createFaceEncoder()]
    const frames = await collect(decodeVideo(CLIP, { framesPerSecond: 1 }).frames)
    expect(frames.length).toBeGreaterThan(0)
    for (const frame of frames)
      expect(await finder.find(frame)).toEqual(((await faces.encodeFace(frame)) as { square: object }).square)
    await finder.dispose()
    await faces.dispose()
  })
})

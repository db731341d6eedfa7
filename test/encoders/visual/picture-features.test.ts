import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { decodeVideo } from '../../../src/encoders/media/decode-video.ts'
import { loadMediaLibrary } from '../../../src/encoders/media/media-library.ts'
import { loadDescriptorProjection } from '../../../src/encoders/visual/descriptor-projection.ts'
import { createFaceEncoder } from '../../../src/encoders/visual/face-encoder.ts'
import { pictureFeatures } from '../../../src/encoders/visual/picture-features.ts'
import { VISUAL_COLUMNS } from '../../../src/encoders/visual/pooling.ts'
import { createVisualEncoder } from '../../../src/encoders/visual/visual-encoder.ts'
import { collect } from '../../support/collect.ts'
import { createFakeFaceEncoder } from '../../support/faces.ts'
import { picture } from '../../support/pictures.ts'

const CLIP = join(import.meta.dirname, '../../fixtures/talking-face/lbbc2a.mp4')
/** What the fake face models see in a picture: a face at (20, 20), 16 wide, that shows `shows`; none for 0 faces. */
const showing = (...bytes: number[]) => {
  const image = picture(40, 40, () => [0, 0, 0])
  image.data.set(bytes)
  return image
}

test('a picture is an utterance of one frame: the same features, without deviations', async () => {
  const faces = createFakeFaceEncoder()
  const project = await loadDescriptorProjection()
  const encoder = await createVisualEncoder({ faces })
  for (const shows of [30, 90, 200]) {
    const image = showing(20, 20, 16, shows)
    const features = await pictureFeatures(image, faces, project)
    expect(features).toEqual(((await encoder.encode([{ ...image, timeMs: 0 }])) as { features: Float32Array }).features)
    VISUAL_COLUMNS.forEach((name, k) => {
      if (name.startsWith('face_std_')) expect(features![k]).toBe(0)
      if (name === 'face_share') expect(features![k]).toBe(1)
    })
  }
  expect(await pictureFeatures(showing(), faces, project)).toBeUndefined()
  expect(await pictureFeatures(showing(20, 20, 16, 0), faces, project)).toBeUndefined()
  await encoder.dispose()
})

const there = (await loadMediaLibrary()) !== undefined
describe.skipIf(!there)(there ? 'a real face' : 'a real face [skipped: no node-av to decode it]', () => {
  test('is found where it fills its picture, as in sets of cut-out faces, and looks as it does in the whole one', async () => {
    const faces = await createFaceEncoder()
    const [frame] = await collect(decodeVideo(CLIP, { framesPerSecond: 1 }).frames)
    const [face] = await faces.detect(frame!)
    const { square } = (await faces.describe(frame!, face!))!
    const left = Math.round(square.centre.x - square.side / 2)
    const top = Math.round(square.centre.y - square.side / 2)
    const side = Math.round(square.side)
    const close = picture(side, side, (x, y) => {
      const at = ((top + y) * frame!.width + left + x) * 3
      return [frame!.data[at]!, frame!.data[at + 1]!, frame!.data[at + 2]!]
    })
    const project = await loadDescriptorProjection()
    const [cut, whole] = [await pictureFeatures(close, faces, project), await pictureFeatures(frame!, faces, project)]
    // The seven probabilities: what the visual path of the shipped checkpoint takes.
    for (let k = 0; k < 7; k += 1) expect(Math.abs(cut![k]! - whole![k]!)).toBeLessThan(0.25)
    await faces.dispose()
  })
})

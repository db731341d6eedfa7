import { expect, test } from 'vitest'
import { faceMeasures } from '../../../src/encoders/visual/face-measures.ts'
import { type FaceDescribers, frameFeatures } from '../../../src/encoders/visual/frame-features.ts'
import { createFakeFaceEncoder, faceAt } from '../../support/faces.ts'
import { picture } from '../../support/pictures.ts'

const IMAGE = picture(40, 40, () => [0, 0, 0])
const faces = createFakeFaceEncoder()
const project: FaceDescribers['project'] = (descriptor) => descriptor.slice(0, 2)

test('what the models see of a face, in the parts that are pooled', async () => {
  const face = faceAt(20, 20, 16, 0.5)
  const seen = (await faces.describe(IMAGE, face))!
  const recogniser = { name: 'fake', classes: ['no', 'yes'], probabilities: () => Float32Array.of(0.25, 0.75) }
  expect(await frameFeatures(IMAGE, face, { faces, project, recogniser })).toEqual({
    expressions: seen.expressions,
    measures: faceMeasures(seen.landmarks),
    appearance: project(seen.descriptor),
    recognised: Float32Array.of(0.25, 0.75),
  })
  expect((await frameFeatures(IMAGE, face, { faces, project }))!.recognised).toHaveLength(0)
})

test('what is no face has none, and a descriptor that was left out is not available', async () => {
  expect(await frameFeatures(IMAGE, faceAt(20, 20, 16, 0), { faces, project })).toBeUndefined()
  const without: FaceDescribers['faces'] = {
    describe: async (image, face) => ({ ...(await faces.describe(image, face))!, descriptor: new Float32Array(0) }),
  }
  const features = await frameFeatures(IMAGE, faceAt(20, 20, 16, 0.5), { faces: without, project })
  expect(features!.appearance.every(Number.isNaN)).toBe(true)
})

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeVideo } from '../../../src/encoders/media/decode-video.ts'
import { loadMediaLibrary } from '../../../src/encoders/media/media-library.ts'
import { createFaceEncoder } from '../../../src/encoders/visual/face-encoder.ts'
import { visualColumns } from '../../../src/encoders/visual/pooling.ts'
import { createExtractor } from '../../../src/extraction/extractor.ts'
import { createVisualRecogniser } from '../../../src/recognisers/face/visual-recogniser.ts'
import { loadRecogniser, SHIPPED_RECOGNISERS } from '../../../src/recognisers/recogniser.ts'
import { useBackend } from '../../../src/tensor/backend.ts'
import { collect } from '../../support/collect.ts'
import { expectError } from '../../support/errors.ts'

const CLIP = join(import.meta.dirname, '../../fixtures/talking-face/lbbc2a.mp4')
beforeAll(() => useBackend('wasm'))

test('refuses a recogniser of sound', async () => {
  await expectError(() => createVisualRecogniser(SHIPPED_RECOGNISERS.audio), 'EMO_CHECKPOINT_INVALID', 'descriptor')
})

const there = (await loadMediaLibrary()) !== undefined
describe.skipIf(!there)(there ? 'a talking face' : 'a talking face [skipped: no node-av to decode it]', () => {
  let faces: Awaited<ReturnType<typeof createFaceEncoder>>
  beforeAll(async () => {
    faces = await createFaceEncoder()
  })
  afterAll(() => faces.dispose())

  test('is judged as the recogniser by itself judges it', async () => {
    const [own, alone] = [
      await createVisualRecogniser(SHIPPED_RECOGNISERS.face),
      await loadRecogniser(SHIPPED_RECOGNISERS.face, 'face'),
    ]
    const [frame] = await collect(decodeVideo(CLIP, { framesPerSecond: 1 }).frames)
    const seen = await faces.encodeFace(frame!)
    expect('descriptor' in seen && (await own.probabilities(seen))).toEqual(await alone.recogniseFrame(frame!))
    expect(own.classes).toEqual(alone.stored.labels)
    own.dispose()
    await alone.dispose()
  })

  test('extraction puts it into the visual columns', async () => {
    const faceRecogniser = { folder: SHIPPED_RECOGNISERS.face, sha256: '' }
    const options = { textEncoder: 'none', calibratedAudio: false, framesPerSecond: 1 }
    const extractor = await createExtractor({ ...options, modalities: ['visual'], faceRecogniser })
    const utterance = { id: 'u', speaker: 's', startMs: 0, endMs: 2000, label: null, features: {} }
    const { conversations, features } = await extractor.run({
      ...{ id: 'job', conversations: [{ id: 'c', utterances: [utterance] }], media: [[{ video: { file: CLIP } }]] },
    })
    const columns = features.visual!.columns!
    const { classes } = await createVisualRecogniser(SHIPPED_RECOGNISERS.face)
    expect(columns).toEqual(visualColumns(classes))
    const { visual } = conversations[0]!.utterances[0]!.features
    const means = columns.flatMap((name, k) => (name.startsWith('face_mean_recognised_') ? [visual![k]!] : []))
    expect(means).toHaveLength(classes.length)
    expect(means.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5)
    await extractor.dispose()
  })
})

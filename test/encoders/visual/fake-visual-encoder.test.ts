import { expect, test } from 'vitest'
import { createFakeVisualEncoder } from '../../../src/encoders/visual/fake-visual-encoder.ts'
import { picture } from '../../support/pictures.ts'

const grey = (level: number, timeMs: number) => ({ ...picture(4, 4, () => [level, level, level]), timeMs })

test('features follow the pictures, as a stream and as a whole; nothing seen is missing', async () => {
  const encoder = createFakeVisualEncoder({ size: 3 })
  const frames = [grey(51, 0), grey(153, 40), grey(0, 80)]
  const utterance = encoder.start()
  for (const frame of frames) await utterance.push(frame)
  const result = await utterance.end()
  expect(result).toEqual(await encoder.encode(frames))
  expect('features' in result && [...result.features].map((value) => Math.round(value * 10))).toEqual([4, 14, 24])
  expect(encoder.columns).toHaveLength(3)
  expect(await encoder.encode([])).toMatchObject({ missing: 'no-video' })
  expect(await encoder.encode([grey(0, 0)])).toMatchObject({ missing: 'no-face', counts: { frames: 1, withFace: 0 } })
})

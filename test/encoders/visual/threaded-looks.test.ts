import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, expect, test } from 'vitest'
import { decodeVideo } from '../../../src/encoders/media/decode-video.ts'
import { decodeImage } from '../../../src/encoders/media/image.ts'
import { createLookUtterance } from '../../../src/encoders/visual/look-utterance.ts'
import { APPEARANCE_COLUMNS, VISUAL_COLUMNS } from '../../../src/encoders/visual/pooling.ts'
import { createThreadedLooks } from '../../../src/encoders/visual/threaded-looks.ts'
import { createVisualEncoder } from '../../../src/encoders/visual/visual-encoder.ts'
import { expectError } from '../../support/errors.ts'
import { describeWithShared, SHARED } from '../../support/shared-data.ts'

const looks = createThreadedLooks()
afterAll(() => looks.dispose())

const grey = (width: number) =>
  sharp({ create: { width, height: 90, channels: 3, background: '#777' } })
    .jpeg()
    .toBuffer()

test('pictures are looked at in the order they are asked for; one that is damaged harms no other', async () => {
  const empty = looks.see(0, await grey(120))
  const damaged = looks.see(200, (await grey(90)).subarray(0, 80))
  const [none] = await Promise.allSettled([empty.faces(), damaged.look(), looks.see(400, await grey(60)).look()])
  expect(none).toMatchObject({ status: 'fulfilled', value: [] })
  await expectError(() => damaged.faces(), 'EMO_IMAGE_FORMAT')
  await expectError(() => looks.see(0, new Uint8Array(10)).look(), 'EMO_IMAGE_FORMAT')
})

test('after its end it answers with a coded error', async () => {
  const ended = createThreadedLooks()
  await ended.dispose()
  await expectError(async () => ended.see(0, await grey(60)).look(), 'EMO_ENCODER_UNAVAILABLE', 'disposed')
})

describeWithShared('data/talking_face', 'real faces', () => {
  test('sees what the encoder on this thread sees, all of it or without the appearance', async () => {
    const jpegs: { timeMs: number; bytes: Uint8Array }[] = []
    const { frames } = decodeVideo(join(SHARED, 'data/talking_face/lbbc2a.mpg'), { framesPerSecond: 1 })
    for await (const { data, width, height, timeMs } of frames)
      jpegs.push({
        timeMs,
        bytes: await sharp(data, { raw: { width, height, channels: 3 } })
          .jpeg()
          .toBuffer(),
      })
    const encoder = await createVisualEncoder()
    const utterance = createLookUtterance({ framesPerSecond: 5, minimumFrames: 1, classes: 0 })
    const plain = createLookUtterance({ framesPerSecond: 5, minimumFrames: 1, classes: 0 })
    const without = createThreadedLooks({ appearance: false })
    const direct = await Promise.all(
      jpegs.map(async ({ timeMs, bytes }) => ({ ...(await decodeImage(bytes)), timeMs })),
    )
    for (const { timeMs, bytes } of jpegs) {
      await utterance.push(looks.see(timeMs, bytes))
      await plain.push(without.see(timeMs, bytes))
    }
    const whole = await encoder.encode(direct)
    if (!('features' in whole)) throw new Error(whole.reason)
    expect(await utterance.end()).toEqual(whole)
    const bare = whole.features.map((value, k) =>
      APPEARANCE_COLUMNS.includes(VISUAL_COLUMNS[k]!) ? Number.NaN : value,
    )
    expect(await plain.end()).toEqual({ ...whole, features: bare })
    await encoder.dispose()
    await without.dispose()
  })
})

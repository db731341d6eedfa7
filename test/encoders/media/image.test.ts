import sharp from 'sharp'
import { expect, test } from 'vitest'
import { decodeImage, imageFormat } from '../../../src/encoders/media/image.ts'
import { expectError } from '../../support/errors.ts'
import { picture, pixel } from '../../support/pictures.ts'

const source = picture(40, 30, (x, y) => [5 * x, 8 * y, 100])
const encoder = () => sharp(source.data, { raw: { width: 40, height: 30, channels: 3 } })

test('PNG comes back exactly, JPEG nearly', async () => {
  const png = await encoder().png().toBuffer()
  expect(imageFormat(png)).toBe('PNG')
  expect(await decodeImage(png)).toMatchObject({ width: 40, height: 30, data: Buffer.from(source.data) })
  const jpeg = await encoder().jpeg({ quality: 95 }).toBuffer()
  expect(imageFormat(jpeg)).toBe('JPEG')
  const decoded = await decodeImage(jpeg)
  expect(Math.abs(pixel(decoded, 20, 15)[0]! - 100)).toBeLessThan(10)
})

test('grey, transparent, turned and large pictures become upright RGB within the limits', async () => {
  const grey = await decodeImage(await encoder().greyscale().png().toBuffer())
  expect(grey.data.length).toBe(40 * 30 * 3)
  const clear = await sharp({
    create: { width: 8, height: 8, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } },
  })
  expect(pixel(await decodeImage(await clear.png().toBuffer()), 3, 3)).toEqual([0, 0, 0])
  const turned = await decodeImage(await encoder().withMetadata({ orientation: 6 }).jpeg().toBuffer())
  expect(turned).toMatchObject({ width: 30, height: 40 })
  expect(await decodeImage(await encoder().png().toBuffer(), { maxSide: 20 })).toMatchObject({ width: 20, height: 15 })
})

test('other formats, damage and pictures beyond the limits are coded errors', async () => {
  const png = await encoder().png().toBuffer()
  const jpeg = await encoder().jpeg().toBuffer()
  const failing: Array<[Uint8Array, Parameters<typeof decodeImage>[1]]> = [
    [new Uint8Array(0), {}],
    [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'), {}],
    [await encoder().webp().toBuffer(), {}],
    [png.subarray(0, png.length * 0.6), {}],
    [jpeg.subarray(0, jpeg.length * 0.6), {}],
    [png.subarray(0, 8), {}],
    [png, { maxBytes: 20 }],
    [png, { maxPixels: 100 }],
  ]
  for (const [bytes, limits] of failing) await expectError(() => decodeImage(bytes, limits), 'EMO_IMAGE_FORMAT')
  const place = { file: 'face.jpg' }
  await expectError(
    () => decodeImage(png, { maxPixels: 100 }, place),
    'EMO_IMAGE_FORMAT',
    'face.jpg',
    'more, by its header',
  )
  await expectError(() => decodeImage(jpeg.subarray(0, 400), {}, place), 'EMO_IMAGE_FORMAT', 'face.jpg', 'cut off')
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPpmParser } from '../../../src/encoders/media/ppm-parser.ts'

const image = fc
  .record({ width: fc.integer({ min: 1, max: 20 }), height: fc.integer({ min: 1, max: 20 }), seed: fc.nat(255) })
  .map(({ width, height, seed }) => ({
    width,
    height,
    data: Uint8Array.from({ length: width * height * 3 }, (_, k) => (k * 31 + seed) % 256),
  }))

test('the same pictures however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(image, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }),
      (images, cuts) => {
        const bytes = Buffer.concat(
          images.flatMap(({ width, height, data }) => [Buffer.from(`P6\n${width} ${height}\n255\n`), data]),
        )
        const parser = createPpmParser()
        const found = []
        for (let from = 0, k = 0; from < bytes.length; k += 1) {
          const size = cuts[k % cuts.length]!
          found.push(...parser.push(bytes.subarray(from, from + size)))
          from += size
        }
        expect(found).toEqual(images)
      },
    ),
  )
})

test('bytes that are no picture give none', () => {
  expect(createPpmParser().push(Buffer.from('no picture at all, however long this text may become'))).toEqual([])
})

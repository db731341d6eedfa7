import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTextEncoder, type TextEncoder } from '../../../src/encoders/text/text-encoder.ts'
import { expectError } from '../../support/errors.ts'

const MODEL = join(import.meta.dirname, '../../../models/all-MiniLM-L6-v2')

describe('the shipped sentence encoder', () => {
  let encoder: TextEncoder
  beforeAll(async () => {
    encoder = await createTextEncoder()
  })
  afterAll(() => encoder.dispose())
  const encodeOne = async (text: string) => (await encoder.encode([text]))[0]!

  it('is all-MiniLM-L6-v2, 384 numbers of length 1', async () => {
    expect([encoder.name, encoder.size]).toEqual(['all-MiniLM-L6-v2:q8', 384])
    const vector = await encodeOne('The removal van is late.')
    expect(vector).toHaveLength(384)
    expect(Math.hypot(...vector)).toBeCloseTo(1, 5)
  })

  it('gives the same vector to the bit whatever else is in the batch', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { maxLength: 4 }), async (others) => {
        const text = 'I did not expect that.'
        const vectors = await encoder.encode([...others, text, 'long '.repeat(40)])
        expect(vectors[others.length]).toEqual(await encodeOne(text))
      }),
      { numRuns: 8 },
    )
  })

  it('puts paraphrases nearer than other matters', async () => {
    const [joy, joyToo, rain] = await encoder.encode([
      'I got the job!',
      'They hired me, I start on Monday!',
      'It has rained for three days.',
    ])
    const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)
    expect(cosine(joy!, joyToo!)).toBeGreaterThan(cosine(joy!, rain!) + 0.2)
  })

  it('takes no text, empty texts and texts beyond its 256 tokens', async () => {
    expect(await encoder.encode([])).toEqual([])
    expect((await encodeOne('')).every(Number.isFinite)).toBe(true)
    expect(await encodeOne('word '.repeat(300))).toEqual(await encodeOne('word '.repeat(400)))
  })

  it('is replaceable by any folder, pooling and scale', async () => {
    const raw = await createTextEncoder({ model: MODEL, pooling: 'cls', normalise: false })
    expect(raw.name).toBe('all-MiniLM-L6-v2:q8:cls:raw')
    expect(Math.hypot(...(await raw.encode(['Hello.']))[0]!)).toBeGreaterThan(1.5)
    await raw.dispose()
  })
})

describe('weights that are not there', () => {
  it('are a coded error, without a look at the network', async () => {
    await expectError(() => createTextEncoder({ model: 'some/encoder' }), 'EMO_ENCODER_UNAVAILABLE', 'some/encoder')
    await expectError(() => createTextEncoder({ dtype: 'fp16' }), 'EMO_ENCODER_UNAVAILABLE', 'fp16')
  })
})

describe('the shipped files', () => {
  it('are those that the model card names by digest', async () => {
    const card = await readFile(join(MODEL, 'README.md'), 'utf8')
    const rows = [...card.matchAll(/^\| `([^`]+)` \| `([0-9a-f]{64})` \|/gm)]
    expect(rows.length).toBe(4)
    for (const [, file, digest] of rows) {
      const bytes = await readFile(join(MODEL, file!))
      expect([file, createHash('sha256').update(bytes).digest('hex')]).toEqual([file, digest])
    }
  })
})

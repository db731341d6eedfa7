import { appendFile, mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cachedTextEncoder } from '../../../src/encoders/text/encoding-cache.ts'
import { createFakeTextEncoder } from '../../../src/encoders/text/fake-text-encoder.ts'

const SIZE = 4
const RECORD = SIZE * 4 + 32
let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'emograph-cache-'))
})
afterAll(() => rm(root, { recursive: true }))

async function encodeWithCache(folder: string, texts: readonly string[]) {
  const encoder = createFakeTextEncoder({ size: SIZE })
  const cached = await cachedTextEncoder(encoder, folder)
  const vectors = await cached.encode(texts)
  await cached.dispose()
  return { vectors, asked: encoder.encoded, hits: cached.hits }
}

describe('the encoding cache', () => {
  it('changes no vector, and asks for each text once, over any number of openings', async () => {
    const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 3 }), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(fc.array(texts, { maxLength: 3 }), async (openings) => {
        const folder = await mkdtemp(join(root, 'any-'))
        let asked = 0
        for (const texts of openings) {
          const result = await encodeWithCache(folder, texts)
          expect(result.vectors).toEqual(await createFakeTextEncoder({ size: SIZE }).encode(texts))
          asked += result.asked
        }
        expect(asked).toBe(new Set(openings.flat()).size)
      }),
      { numRuns: 40 },
    )
  })

  it('goes on after a record that was cut off anywhere, and after foreign bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 3 * RECORD }), fc.nat(RECORD - 1), async (cut, foreign) => {
        const folder = await mkdtemp(join(root, 'cut-'))
        const texts = ['a', 'b', 'c']
        const whole = await encodeWithCache(folder, texts)
        const [name] = await readdir(folder)
        await truncate(join(folder, name!), cut)
        await appendFile(join(folder, name!), Buffer.alloc(foreign, 7))
        expect((await encodeWithCache(folder, texts)).vectors).toEqual(whole.vectors)
        expect(await encodeWithCache(folder, texts)).toMatchObject({ asked: 0, hits: 3, vectors: whole.vectors })
      }),
      { numRuns: 40 },
    )
  })

  it('stores no words, and keeps encoders apart', async () => {
    const folder = await mkdtemp(join(root, 'names-'))
    await encodeWithCache(folder, ['a sentence about somebody'])
    const other = await cachedTextEncoder(createFakeTextEncoder({ size: 6 }), folder)
    expect((await other.encode(['a sentence about somebody']))[0]).toHaveLength(6)
    await other.dispose()
    const names = await readdir(folder)
    expect(names).toHaveLength(2)
    for (const name of names) expect((await readFile(join(folder, name))).includes('sentence')).toBe(false)
  })

  it('hands out copies: nobody can change what it holds', async () => {
    const cached = await cachedTextEncoder(createFakeTextEncoder({ size: SIZE }), await mkdtemp(join(root, 'copy-')))
    const [first] = await cached.encode(['a'])
    const expected = first!.slice()
    first!.fill(9)
    ;(await cached.encode(['a']))[0]!.fill(9)
    expect((await cached.encode(['a']))[0]).toEqual(expected)
    await cached.dispose()
  })
})

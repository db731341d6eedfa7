import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTextCache } from '../../src/server/text-cache.ts'

test('gives what the encoder gives, and asks it only for what was not just asked', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(24), { maxLength: 60 }), async (texts) => {
      const asked: string[] = []
      const encode = createTextCache(async (text) => {
        asked.push(text)
        return Float32Array.of(text.length, text.charCodeAt(0))
      })
      let recent: string[] = []
      for (const number of texts) {
        const text = String.fromCharCode(97 + number)
        const count = asked.length
        expect(await encode(text)).toEqual(Float32Array.of(1, 97 + number))
        expect(asked.length - count).toBe(recent.includes(text) ? 0 : 1)
        recent = [...recent.filter((other) => other !== text), text].slice(-16)
      }
    }),
  )
})

test('an encoding that failed is tried again; two who ask at once share one', async () => {
  let calls = 0
  const encode = createTextCache(async () => {
    if (++calls === 1) throw new Error('broken')
    return new Float32Array(1)
  })
  await expect(encode('a')).rejects.toThrow('broken')
  await Promise.all([encode('a'), encode('a')])
  expect(calls).toBe(2)
})

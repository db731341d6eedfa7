import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { corectParameters } from '../../src/model/corect-parameters.ts'
import { parsePublishedFixture } from '../../src/model/published-fixture.ts'
import {
  fromPublished,
  publishedLetters,
  publishedOutput,
  publishedParameter,
} from '../../src/model/published-names.ts'
import { expectError } from '../support/errors.ts'

const FILE = join(import.meta.dirname, '../fixtures/reference_at_n14.safetensors')

describe('published names', () => {
  it('bind the letters a, t, v in the order text, audio, visual', () => {
    const letters = (...modalities: ('text' | 'audio' | 'visual')[]) => [...publishedLetters(modalities)]
    expect(letters('text', 'audio', 'visual')).toEqual([
      ['text', 'a'],
      ['audio', 't'],
      ['visual', 'v'],
    ])
    expect(letters('text', 'visual')).toEqual([
      ['text', 't'],
      ['visual', 'v'],
    ])
    expect(publishedOutput('crossmodal.memory.audio', ['text', 'audio'])).toBe('crossmodal.layers.mem_t')
    expect(publishedOutput('crossmodal.text.visual', ['text', 'visual'])).toBe('crossmodal.layers.tv')
  })

  it('find every weight that the published run used, each number once', () => {
    const { config, tensors } = parsePublishedFixture(readFileSync(FILE), FILE)
    const numbers = new Map<string, number>()
    for (const parameter of corectParameters(config)) {
      const published = publishedParameter(parameter, config)
      if (published === undefined) {
        expect(parameter.name).toMatch(/^absent\./)
        continue
      }
      const values = fromPublished(parameter, published, tensors.get(`weight/${published.name}`))
      numbers.set(published.name, (numbers.get(published.name) ?? 0) + values.length)
    }
    for (const [name, count] of numbers) expect(count, name).toBe(tensors.get(`weight/${name}`)!.data.length)
    const unused = [...tensors.keys()]
      .filter((name) => name.startsWith('weight/') && !numbers.has(name.slice('weight/'.length)))
      .map((name) => name.replace(/\.\d\.(weight|bias)$/, '').replace(/\.(weight|bias)$/, ''))
    expect(new Set(unused)).toEqual(new Set(['weight/encoder.vision_encoder', 'weight/clf.lin_7', 'weight/clf.linear']))
  })

  it('turn [out, in] into [in, out] and take a third of a packed projection', async () => {
    const parameter = { name: 'text.encoder.0.attention.key.weight', shape: [2, 2], initial: { constant: 0 } }
    const packed = { shape: [6, 2], data: Float32Array.from({ length: 12 }, (_, i) => i) }
    const published = { name: 'p', transposed: true, third: 1 as const }
    expect(Array.from(fromPublished(parameter, published, packed))).toEqual([4, 6, 5, 7])
    await expectError(() => fromPublished(parameter, published, undefined), 'EMO_SHAPE_MISMATCH', 'field p', 'none')
  })
})

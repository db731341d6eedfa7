import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { arrangeColumns } from '../../src/datasets/arrange-columns.ts'
import { writeJsonl } from '../../src/datasets/jsonl-writer.ts'
import { readConversations } from '../../src/datasets/read-conversations.ts'
import { collect } from '../support/collect.ts'
import { expectError } from '../support/errors.ts'

let folder: string
let file: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emograph-columns-'))
  file = join(folder, 'features.jsonl')
  const features = { audio: Float32Array.of(1, 2), visual: Float32Array.of(5, 6, 7) }
  const heard = { id: 'a', speaker: 's', startMs: 0, endMs: 1, label: null, features }
  await writeJsonl(file, [{ id: 'c', utterances: [heard, { ...heard, id: 'b', features: {} }] }])
})
afterAll(() => rm(folder, { recursive: true }))

it('every wanted column holds the value of its name, or NaN', () => {
  const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { maxLength: 8 })
  fc.assert(
    fc.property(names, names, (own, wanted) => {
      const vector = Float32Array.from(own, (_, k) => k + 1)
      const arranged = arrangeColumns(vector, own, wanted)
      expect(arranged).toHaveLength(wanted.length)
      wanted.forEach((name, k) => {
        expect(arranged[k]).toBe(own.includes(name) ? own.indexOf(name) + 1 : Number.NaN)
      })
    }),
  )
})

it("a JSONL file's audio and visual features come in a model's columns where the file says its own", async () => {
  const read = async (audioColumns: string[]) => {
    const [conversation] = await collect(readConversations(file, { audioColumns }))
    return conversation!.utterances.map(({ features }) => features.audio)
  }
  expect(await read(['y', 'z', 'x'])).toEqual([Float32Array.of(1, 2), undefined])

  const report = { features: { audio: { encoder: 'e', columns: ['x', 'y'] } } }
  await writeFile(join(folder, 'extraction.json'), JSON.stringify(report))
  expect(await read(['x', 'y'])).toEqual([Float32Array.of(1, 2), undefined])
  expect(await read(['y', 'z', 'x'])).toEqual([Float32Array.of(2, Number.NaN, 1), undefined])
  await expectError(() => read(['u', 'v']), 'EMO_FEATURE_MISSING', 'features.jsonl')

  const visual = { encoder: 'v', columns: ['p', 'q', 'r'] }
  const both = { features: { audio: { encoder: 'e', columns: ['x', 'y'] }, visual } }
  await writeFile(join(folder, 'extraction.json'), JSON.stringify(both))
  const taken = { audioColumns: ['y'], visualColumns: ['r', 'p'], featureSizes: { audio: 1, visual: 2 } }
  const [arranged] = await collect(readConversations(file, taken))
  expect(arranged!.utterances.map((each) => each.features)).toEqual([
    { audio: Float32Array.of(2), visual: Float32Array.of(7, 5) },
    {},
  ])

  await writeFile(join(folder, 'extraction.json'), '{"features": 1}')
  await expectError(() => read(['x']), 'EMO_FILE_FORMAT', 'extraction.json', 'features')
})

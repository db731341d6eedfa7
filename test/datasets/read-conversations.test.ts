import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type ReadConversationsOptions, readConversations } from '../../src/datasets/read-conversations.ts'
import { collect } from '../support/collect.ts'
import { expectError } from '../support/errors.ts'
import { describeWithShared, SHARED } from '../support/shared-data.ts'

const ROOT = join(import.meta.dirname, '../..')
const count = async (path: string, options: ReadConversationsOptions = {}) => {
  const all = await collect(readConversations(path, options))
  return [all.length, all.reduce((sum, c) => sum + c.utterances.length, 0)]
}

describe('a format is recognised', () => {
  it('by its name', async () => {
    expect((await count(join(ROOT, 'examples/moving-house.jsonl')))[0]).toBe(1)
    expect((await count(join(ROOT, 'examples/moving-house.vtt')))[0]).toBe(1)
    expect(await count(join(ROOT, 'test/fixtures/pickles/meld.pkl'), { split: 'test' })).toEqual([1, 1])
  })

  it('or refused', async () => {
    await expectError(() => count(join(ROOT, 'LICENSE')), 'EMO_FILE_FORMAT', 'LICENSE')
    await expectError(() => count(join(ROOT, 'src')), 'EMO_FILE_FORMAT', 'src')
    await expectError(() => count(join(ROOT, 'nothing-here')), 'EMO_FILE_MISSING', 'nothing-here')
    await expectError(() => count(join(ROOT, 'nothing.jsonl')), 'EMO_FILE_MISSING', 'nothing.jsonl')
    const pickle = join(ROOT, 'test/fixtures/pickles/meld.pkl')
    await expectError(() => count(pickle, { labelSet: 'sentiment2' }), 'EMO_LABEL_UNKNOWN', 'iemocap6, meld7')
  })
})

it('a JSONL file whose features are not those that a model takes is refused at its line', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'emograph-sizes-'))
  const file = join(folder, 'short.jsonl')
  const utterance = { id: 'u', speaker: 'A', startMs: 0, endMs: 1, features: { audio: [1, 2, 3] } }
  await writeFile(file, `${JSON.stringify({ id: 'c', utterances: [utterance] })}\n`)
  expect(await count(file, { featureSizes: { audio: 3, text: 8 } })).toEqual([1, 1])
  const refused = () => count(file, { featureSizes: { audio: 66 } })
  await expectError(refused, 'EMO_FEATURE_SIZE', 'short.jsonl, line 1, field utterances[0].features.audio')
  await rm(folder, { recursive: true })
})

describeWithShared('data', 'real data are recognised', () => {
  const data = join(SHARED, 'data')
  it.each([
    ['iemocap', {}, [151, 7433]],
    ['iemocap/iemocap6_dialogues.jsonl', { split: 'test' }, [31, 1623]],
    ['iemocap', { split: 'test', labelSet: 'iemocap4' }, [31, 943]],
    ['meld', { split: 'val' }, [114, 1109]],
    ['meld/test_sent_emo.csv', {}, [280, 2610]],
    ['mosi', { split: 'test' }, [31, 752]],
    ['mosi', { split: 'val' }, [0, 0]],
  ] as const)('%s %o', async (path, options, expected) => {
    expect(await count(join(data, path), options)).toEqual(expected)
  })
})

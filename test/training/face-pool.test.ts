import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { writeJsonl } from '../../src/datasets/jsonl-writer.ts'
import { readFacePool } from '../../src/training/face-pool.ts'
import { visualPairingSchema } from '../../src/training/visual-pairing-config.ts'
import { expectError } from '../support/errors.ts'

let folder: string
let file: string
const columns = ['x', 'y', 'z']

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emograph-faces-'))
  file = join(folder, 'features.jsonl')
  const picture = (id: string, label: string, split: 'train' | 'val', visual?: Float32Array) => ({
    ...{ id, split, labelSet: 'meld7' as const },
    utterances: [{ id, speaker: 'one', startMs: 0, endMs: 1, label, features: visual ? { visual } : {} }],
  })
  await writeJsonl(file, [
    picture('a', 'joy', 'train', Float32Array.of(1, 2, 3)),
    picture('b', 'anger', 'train', Float32Array.of(4, 5, 6)),
    picture('c', 'joy', 'train'),
    picture('d', 'fear', 'val', Float32Array.of(7, 8, 9)),
    picture('e', 'joy', 'train', Float32Array.of(10, 11, 12)),
  ])
  const report = { features: { visual: { encoder: 'faces', columns } } }
  await writeFile(join(folder, 'extraction.json'), JSON.stringify(report))
})
afterAll(() => rm(folder, { recursive: true }))

const read = (given: object) =>
  readFacePool(visualPairingSchema.parse({ faces: file, columns: ['z', 'x'], emotions: { hap: { joy: 1 } }, ...given }))

it('reads the training pictures with a face by emotion, in the columns that are wanted', async () => {
  const { encoder, all, byEmotion } = await read({})
  expect(encoder).toBe('faces')
  expect(byEmotion.get('joy')).toEqual([Float32Array.of(3, 1), Float32Array.of(12, 10)])
  expect(byEmotion.get('anger')).toEqual([Float32Array.of(6, 4)])
  expect(byEmotion.get('fear')).toEqual([])
  const kept = await readFacePool(visualPairingSchema.parse({ faces: file, columns: ['y'], emotions: {} }), 'val')
  expect(kept.all).toEqual([Float32Array.of(8)])
  expect(new Set(all)).toEqual(new Set([...byEmotion.values()].flat()))
})

it('refuses columns that are not there, and emotions without a picture', async () => {
  await expectError(() => read({ columns: ['x', 'w'] }), 'EMO_FEATURE_MISSING', 'w')
  await expectError(() => read({ emotions: { sad: { fear: 1 } } }), 'EMO_DATA_EMPTY', 'fear')
  const bare = join(folder, 'bare')
  await expectError(() => read({ faces: join(bare, 'nothing.jsonl') }), 'EMO_FEATURE_MISSING', 'nothing.jsonl')
})

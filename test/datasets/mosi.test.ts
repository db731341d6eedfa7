import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MosiOptions, readMosi } from '../../src/datasets/mosi.ts'
import { collect } from '../support/collect.ts'
import { expectError } from '../support/errors.ts'
import { describeWithShared, SHARED } from '../support/shared-data.ts'

const SIZES = { text: 100, audio: 73, video: 100 } as const
let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'emograph-mosi-'))
})
afterAll(() => rm(root, { recursive: true }))

/** Three utterances of two videos, in no order; the value of a column is 10 * line + its number. */
async function corpus(change: (files: Map<string, string>) => void = () => {}): Promise<string> {
  const folder = await mkdtemp(join(root, 'case-'))
  const sentiments = [1, 0, 1]
  const files = new Map<string, string>()
  files.set(
    'transcripts.csv',
    '"a_1","made up","7","0"\n"a_10","made up","7","1"\n"a_2","made up","7","1"\n"b_1","x","1","0"',
  )
  files.set('text_train.csv', ['1', '0', '2'].map((index) => `"${index}","0.5"`).join('\n'))
  for (const [name, size] of Object.entries(SIZES)) {
    const lines = sentiments.map((s, line) => [...Array.from({ length: size }, (_, c) => 10 * line + c), s].join(','))
    files.set(`${name}/${name}_train0.csv`, lines.join('\n'))
  }
  change(files)
  for (const [name, text] of files) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}
const read = (folder: string, options: MosiOptions = { split: 'train' }) => collect(readMosi(folder, options))

describe('MOSI csv', () => {
  it('is joined, grouped by video and put in the order of speaking', async () => {
    const [video, ...others] = await read(await corpus())
    expect(others).toEqual([])
    expect(video).toMatchObject({ id: 'a', labelSet: 'sentiment2', split: 'train' })
    expect(video?.utterances.map((u) => [u.id, u.label, u.startMs, u.features.audio?.[3]])).toEqual([
      ['a_1', 'negative', 0, 13],
      ['a_2', 'positive', 1000, 23],
      ['a_10', 'positive', 2000, 3],
    ])
    expect(video?.utterances[0]?.features.visual).toHaveLength(100)
  })

  const replace = (name: string, from: string | RegExp, to: string) => (files: Map<string, string>) =>
    files.set(name, files.get(name)!.replace(from, to))
  it.each([
    [
      'a vector is too short',
      replace('audio/audio_train0.csv', /^.*$/m, '1,2,1'),
      'EMO_FILE_FORMAT',
      'audio_train0.csv, line 2',
    ],
    [
      'all vectors are too short',
      (f: Map<string, string>) => f.set('audio/audio_train0.csv', '1,1\n1,0\n1,1'),
      'EMO_FEATURE_SIZE',
      'audio_train0.csv, line 1',
    ],
    [
      'a cell is a word',
      replace('video/video_train0.csv', /^10,11/m, '10,word'),
      'EMO_FILE_FORMAT',
      'video_train0.csv, line 2, field column 1',
    ],
    [
      'a sentiment is neither',
      replace('text/text_train0.csv', /,0$/m, ',3'),
      'EMO_LABEL_UNKNOWN',
      'text_train0.csv, line 2',
    ],
    [
      'sentiments contradict each other',
      replace('text/text_train0.csv', /,0$/m, ',1'),
      'EMO_FILE_FORMAT',
      'do not belong together',
    ],
    ['an index leads nowhere', replace('text_train.csv', '"2"', '"9"'), 'EMO_FILE_FORMAT', 'text_train.csv, line 3'],
    ['a file is shorter', replace('audio/audio_train0.csv', /\n.*$/, ''), 'EMO_FILE_FORMAT', 'audio_train0.csv'],
    ['a file is longer', replace('text_train.csv', /\n"2".*$/, ''), 'EMO_FILE_FORMAT', 'text_train.csv'],
    [
      'a file is missing',
      (f: Map<string, string>) => f.delete('video/video_train0.csv'),
      'EMO_FILE_MISSING',
      'video_train0.csv',
    ],
  ] as const)('is refused when %s', async (_, change, code, place) => {
    await expectError(async () => read(await corpus((files) => void change(files))), code, place)
  })

  it('keeps a value that is not available as NaN', async () => {
    const [video] = await read(await corpus(replace('audio/audio_train0.csv', /^10,11/m, '10,nan')))
    expect(video?.utterances[0]?.features.audio?.[1]).toBeNaN()
  })
})

describeWithShared('data/mosi', 'MOSI itself', () => {
  it('is as published: 62 and 31 videos, 1,447 and 752 utterances, none in both', async () => {
    const all = await read(join(SHARED, 'data/mosi'), {})
    const of = (split: string) => all.filter((c) => c.split === split)
    const count = (split: string) => of(split).reduce((sum, c) => sum + c.utterances.length, 0)
    expect([of('train').length, count('train'), of('test').length, count('test')]).toEqual([62, 1447, 31, 752])
    expect(new Set(all.map((c) => c.id)).size).toBe(93)
    const utterances = all.flatMap((c) => c.utterances)
    expect(utterances.filter((u) => u.label === 'positive').length).toBe(709 + 467)
    const sizes = utterances.map((u) =>
      [u.features.text, u.features.audio, u.features.visual].map((v) => v?.length).join(),
    )
    expect(new Set(sizes)).toEqual(new Set(['100,73,100']))
    for (const { utterances } of all) {
      const numbers = utterances.map((u) => Number(u.id.split('_').at(-1)))
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    }
  })
})

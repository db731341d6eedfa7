import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { explainIemocapIrregularities, type IemocapIrregularity } from '../../src/datasets/iemocap-irregularities.ts'
import { readIemocapRelease } from '../../src/datasets/iemocap-release.ts'
import { packagePath } from '../../src/package.ts'
import { collect } from '../support/collect.ts'
import { makeSample } from '../support/iemocap-sample/sample.ts'

const SAMPLE = packagePath('data/iemocap/sample')

const filesOf = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true })).filter((name) => /\.(txt|wav)$/.test(name)).sort()

it('the shipped sample is what its generator makes, text and sound', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'emograph-sample-'))
  await makeSample({ folder })
  const names = await filesOf(SAMPLE)
  expect(await filesOf(folder)).toEqual(names)
  for (const name of names) {
    const [shipped, made] = await Promise.all([SAMPLE, folder].map((home) => readFile(join(home, name))))
    expect(made!.equals(shipped!), name).toBe(true)
  }
  await rm(folder, { recursive: true })
})

it('is read as the release is: splits by session, irregular lines counted', async () => {
  const found: IemocapIrregularity[] = []
  const conversations = await collect(readIemocapRelease(SAMPLE, { onIrregular: (each) => void found.push(each) }))
  expect(conversations.map(({ split }) => split)).toEqual(['train', 'train', 'train', 'val', 'test'])
  expect(conversations.flatMap(({ utterances }) => utterances)).toHaveLength(35)
  expect(found.map(({ kind }) => kind).sort()).toEqual([
    'no-turn-name',
    'no-turn-name',
    'not-rated',
    'stray-line',
    'stray-line',
  ])
  expect(explainIemocapIrregularities(found)).toHaveLength(3)
})

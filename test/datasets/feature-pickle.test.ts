import { execFileSync } from 'node:child_process'
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LABEL_SETS } from '../../src/conversation/label-sets.ts'
import { type FeaturePickleOptions, readFeaturePickle } from '../../src/datasets/feature-pickle.ts'
import { collect } from '../support/collect.ts'
import { expectError } from '../support/errors.ts'

const HOME = join(import.meta.dirname, '../fixtures/pickles')
const expected = JSON.parse(await readFile(join(HOME, 'expected.json'), 'utf8'))
const read = (name: string, options: FeaturePickleOptions = {}) => collect(readFeaturePickle(join(HOME, name), options))
const VIDEOS = ['Ses01F_made_up', 'Ses05M_made_up']

describe('IEMOCAP_features.pkl', () => {
  const names = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'py2', 'py2-p0']
  it.each(names)('is read as Python wrote it: %s', async (name) => {
    const [ids, speakers, labels, text, audio, visual, sentences] = expected.iemocap
    const all = await read(`iemocap-${name}.pkl`)
    expect(all.map((c) => [c.id, c.split, c.labelSet])).toEqual([
      [VIDEOS[0], 'train', 'iemocap6'],
      [VIDEOS[1], 'test', 'iemocap6'],
    ])
    for (const { id, utterances } of all) {
      expect(utterances.map((u) => u.id)).toEqual(ids[id])
      expect(utterances.map((u) => u.speaker)).toEqual(speakers[id])
      expect(utterances.map((u) => u.text)).toEqual(sentences[id])
      expect(utterances.map((u) => u.label)).toEqual(labels[id].map((i: number) => LABEL_SETS.iemocap6[i]))
      for (const [modality, truth] of [
        ['text', text],
        ['audio', audio],
        ['visual', visual],
      ] as const) {
        const rows = truth[id].map((row: number[]) => Float32Array.from(row))
        expect(utterances.map((u) => u.features[modality])).toEqual(rows)
      }
    }
  })

  it('takes splits that are given, and filters by them', async () => {
    const splits = new Map([[VIDEOS[0]!, 'val' as const]])
    expect((await read('iemocap-p2.pkl', { splits })).map((c) => c.split)).toEqual(['val', 'test'])
    expect((await read('iemocap-p2.pkl', { splits, split: 'val' })).map((c) => c.id)).toEqual([VIDEOS[0]])
  })
})

describe('MELD_features_raw.pkl', () => {
  it('has one-hot speakers, number ids and no visual features', async () => {
    const all = await read('meld.pkl')
    expect(all.map((c) => [c.id, c.split, c.labelSet, c.utterances.length])).toEqual([
      ['0', 'train', 'meld7', 2],
      ['1', 'train', 'meld7', 3],
      ['2', 'test', 'meld7', 1],
    ])
    const utterances = all[1]!.utterances
    expect(utterances.map((u) => u.id)).toEqual(['1_0', '1_1', '1_2'])
    expect(utterances.map((u) => u.speaker)).toEqual(['speaker 0', 'speaker 1', 'speaker 0'])
    expect(utterances[2]?.text).toBe('Invented 1 2')
    expect(Object.keys(utterances[0]!.features)).toEqual(['text', 'audio'])
    expect(utterances[0]?.features.audio).toEqual(Float32Array.from(expected.meld[4]['1'][0]))
    expect(utterances[0]?.label).toBe(LABEL_SETS.meld7[expected.meld[2]['1'][0]])
  })
})

describe('a feature pickle with a fault', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'emograph-feature-pickle-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('is no pickle, or another one', async () => {
    await expectError(() => read('expected.json'), 'EMO_FILE_FORMAT', 'expected.json', 'pickle')
    await expectError(() => read('arrays-p2.pkl'), 'EMO_FILE_FORMAT', 'a tuple of 9')
    await expectError(() => read('none.pkl'), 'EMO_FILE_MISSING')
    await expectError(() => read('meld.pkl', { layout: 'iemocap' }), 'EMO_FILE_FORMAT', 'field sentences')
    await expectError(() => read('refused-os-system.pkl'), 'EMO_PICKLE_UNSAFE', 'posix.system')
  })

  const python = (() => {
    try {
      execFileSync('/usr/bin/python3', ['-c', 'import numpy'], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })()
  const cases = [
    [
      'has a label that there is not',
      't[2]["Ses05M_made_up"][1] = 6',
      'EMO_LABEL_UNKNOWN',
      'labels[Ses05M_made_up][1]',
    ],
    [
      'has a vector of another size',
      't[5]["Ses05M_made_up"][0].append(1.0)',
      'EMO_FEATURE_SIZE',
      'visual[Ses05M_made_up][0]',
    ],
    ['lacks an utterance', 't[6]["Ses01F_made_up"].pop()', 'EMO_FILE_FORMAT', 'sentences[Ses01F_made_up]'],
    ['lacks a dialogue', 'del t[3]["Ses01F_made_up"]', 'EMO_FILE_FORMAT', 'text[Ses01F_made_up]'],
    ['has words for numbers', 't[5]["Ses01F_made_up"][2][0] = "x"', 'EMO_FILE_FORMAT', 'visual[Ses01F_made_up][2]'],
  ] as const
  it.skipIf(!python).each(cases)('%s', async (_, change, code, field) => {
    const file = join(folder, 'case.pkl')
    await copyFile(join(HOME, 'iemocap-p4.pkl'), file)
    const script = `import pickle, sys; t = pickle.load(open(sys.argv[1], 'rb')); ${change}; pickle.dump(t, open(sys.argv[1], 'wb'), 4)`
    execFileSync('/usr/bin/python3', ['-c', script, file])
    await expectError(() => collect(readFeaturePickle(file)), code, file, field)
  })
})

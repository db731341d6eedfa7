import { createHash } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import type { Conversation } from '../../src/conversation/conversation.ts'
import { LABEL_SETS } from '../../src/conversation/label-sets.ts'
import {
  type IemocapFeaturesOptions,
  iemocapAudioColumns,
  readIemocapFeatures,
} from '../../src/datasets/iemocap-features.ts'
import { decodeFloat32 } from '../../src/float32.ts'
import { fitNormalisation, imputedValues } from '../../src/model/normalisation.ts'
import { collect } from '../support/collect.ts'
import { expectError } from '../support/errors.ts'
import { describeWithShared, SHARED } from '../support/shared-data.ts'

const HOME = join(SHARED, 'data/iemocap')
const read = (options: IemocapFeaturesOptions = {}, home = HOME) => collect(readIemocapFeatures(home, options))
const utterances = (all: readonly Conversation[]) => all.flatMap((c) => c.utterances)
const counts = (all: readonly Conversation[]) =>
  LABEL_SETS.iemocap6.map((label) => utterances(all).filter((u) => u.label === label).length)

describeWithShared('data/iemocap', 'IEMOCAP features', () => {
  let labelled: readonly Conversation[] = []
  beforeAll(async () => {
    labelled = await read()
  })

  it('are the 151 dialogues of every published table, split as there', async () => {
    const all = labelled
    expect([all.length, utterances(all).length]).toEqual([151, 7433])
    const test = all.filter((c) => c.split === 'test')
    expect(test).toHaveLength(31)
    expect(counts(test)).toEqual([144, 245, 384, 170, 299, 381])
    expect(test.every((c) => c.id.startsWith('Ses05'))).toBe(true)
    const published = JSON.parse(await readFile(join(import.meta.dirname, '../../data/iemocap/split.json'), 'utf8'))
    for (const split of ['train', 'val', 'test'] as const) {
      expect(all.filter((c) => c.split === split).map((c) => c.id)).toEqual(published[split])
    }
  })

  it('have four classes without the excited and the frustrated', async () => {
    const test = await read({ labelSet: 'iemocap4', split: 'test' })
    expect(counts(test)).toEqual([144, 245, 384, 170, 0, 0])
    expect(utterances(test)).toHaveLength(943)
  })

  it('hold all 10,039 turns, the same labels among them', async () => {
    const all = await read({ turns: 'all' })
    expect(utterances(all)).toHaveLength(10_039)
    // By id, since this file is in the order of starts; as a digest, since a failure must not print the licensed text.
    const digest = (part: readonly Conversation[]) =>
      utterances(part)
        .filter((u) => u.label !== null)
        .map((u) => createHash('sha256').update(JSON.stringify(u)).digest('hex'))
        .sort()
    expect(digest(all)).toEqual(digest(labelled))
    for (const { utterances } of all) {
      expect(utterances.every((u, i) => i === 0 || u.startMs >= utterances[i - 1]!.startMs)).toBe(true)
    }
  })

  it('take the audio of the right utterance: the file of the labelled ones, in its own order, says the same', async () => {
    const second = decodeFloat32(await readFile(join(HOME, 'audio66_6way7433.f32')))
    const all = utterances(labelled)
    all.forEach((utterance, k) => {
      expect(utterance.features.audio).toEqual(second.slice(k * 66, (k + 1) * 66))
    })
    // And the numbers say so themselves: mean pitch (semitones) of the women's rows lies above the men's in every session.
    const pitch = (await iemocapAudioColumns(HOME)).indexOf('gemaps_mean_F0semitone')
    for (const session of ['Ses01', 'Ses02', 'Ses03', 'Ses04', 'Ses05']) {
      const [women, men] = ['F', 'M'].map((speaker) => {
        const own = all.filter((u) => u.speaker === speaker && u.id.startsWith(session))
        return own.reduce((sum, u) => sum + u.features.audio![pitch]!, 0) / own.length
      })
      expect(women!).toBeGreaterThan(men! + 1)
    }
  })

  it('give the columns that are asked for', async () => {
    const [first] = labelled
    const [gemaps] = await read({ audioColumns: 'gemaps', split: 'train' })
    expect(gemaps?.utterances[0]?.features.audio).toEqual(first?.utterances[0]?.features.audio?.slice(0, 47))
    const names = ['dn_Laughter', 'gemaps_mean_loudness']
    const [two] = await read({ audioColumns: names, split: 'train' })
    expect(two?.utterances[3]?.features.audio).toHaveLength(2)
    expect(two?.utterances[3]?.features.audio?.[1]).toBe(first?.utterances[3]?.features.audio?.[0])
    expect(await iemocapAudioColumns(HOME, 'gemaps')).toHaveLength(47)
    await expectError(() => read({ audioColumns: ['loudness'] }), 'EMO_FEATURE_MISSING', 'a column loudness')
  })

  it('keep NaN, which normalisation counts', async () => {
    const all = labelled
    const nan = (part: readonly Conversation[]) =>
      utterances(part).reduce((n, u) => n + u.features.audio!.filter(Number.isNaN).length, 0)
    expect(nan(all)).toBe(43)
    const train = all.filter((c) => c.split === 'train')
    expect(imputedValues(fitNormalisation(all, ['audio']))).toEqual({ audio: nan(train) })
  })

  it('refuse rows that are another utterance’s, and faults by line and field', async () => {
    const home = await mkdtemp(join(tmpdir(), 'emograph-iemocap-'))
    try {
      for (const name of ['audio66_all10039.f32', 'audio66_columns.json']) await cp(join(HOME, name), join(home, name))
      const [, second] = (await readFile(join(HOME, 'iemocap6_dialogues.jsonl'), 'utf8')).split('\n')
      const broken = async (change: object) => {
        const dialogue = JSON.parse(second!)
        Object.assign(dialogue.utterances[2], change)
        await writeFile(join(home, 'iemocap6_dialogues.jsonl'), JSON.stringify(dialogue))
        return read({}, home)
      }
      await expectError(() => broken({ row: 0 }), 'EMO_FILE_FORMAT', 'line 1', 'utterances[2].row')
      await expectError(() => broken({ end: 0.5 }), 'EMO_TIME_ORDER', 'line 1', 'utterances[2].end')
      await expectError(() => broken({ label: 'joy' }), 'EMO_LABEL_UNKNOWN', 'line 1', 'utterances[2].label')
      await expectError(() => broken({ text: 3 }), 'EMO_FILE_FORMAT', 'line 1', 'utterances[2].text')
      await rm(join(home, 'audio66_all10039.f32'))
      await expectError(() => read({}, home), 'EMO_FILE_MISSING', 'audio66_all10039.f32')
    } finally {
      await rm(home, { recursive: true })
    }
  })
})

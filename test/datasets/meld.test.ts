import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MeldIrregularity, readMeld } from '../../src/datasets/meld.ts'
import { collect } from '../support/collect.ts'
import { errorOf, expectError } from '../support/errors.ts'
import { describeWithShared, SHARED } from '../support/shared-data.ts'

const HEADER = 'Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime'
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emograph-meld-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function read(...lines: string[]) {
  const path = join(folder, 'dev_sent_emo.csv')
  await writeFile(path, lines.join('\n'))
  const irregular: MeldIrregularity[] = []
  const conversations = await collect(readMeld(path, { onIrregular: (found) => irregular.push(found) }))
  return { conversations, irregular }
}
const row = (change: Partial<Record<'text' | 'emotion' | 'dialogue' | 'number' | 'start' | 'end', string>> = {}) => {
  const u = {
    text: '"Made up, ""quoted"".\nOn two lines."',
    emotion: 'joy',
    dialogue: '4',
    number: '0',
    start: '00:01:00,250',
    end: '0:01:02,000',
    ...change,
  }
  return `1,${u.text},Somebody,${u.emotion},positive,${u.dialogue},${u.number},1,2,"${u.start}","${u.end}"`
}

describe('MELD csv', () => {
  it('becomes conversations whose times start at 0', async () => {
    const { conversations, irregular } = await read(
      HEADER,
      row(),
      row({ number: '1', start: '00:01:03,000', end: '00:01:04,000', emotion: 'anger' }),
      row({ dialogue: '5', start: '00:09:00,000', end: '00:09:01,000' }),
    )
    expect(conversations.map((c) => [c.id, c.split, c.labelSet, c.utterances.length])).toEqual([
      ['val_dia4', 'val', 'meld7', 2],
      ['val_dia5', 'val', 'meld7', 1],
    ])
    expect(conversations[0]?.utterances).toEqual([
      {
        id: 'val_dia4_utt0',
        speaker: 'Somebody',
        startMs: 0,
        endMs: 1750,
        text: 'Made up, "quoted".\nOn two lines.',
        label: 'joy',
        features: {},
      },
      {
        id: 'val_dia4_utt1',
        speaker: 'Somebody',
        startMs: 2750,
        endMs: 3750,
        text: 'Made up, "quoted".\nOn two lines.',
        label: 'anger',
        features: {},
      },
    ])
    expect(irregular).toEqual([])
  })

  it('counts lines whose time goes back', async () => {
    const { conversations, irregular } = await read(
      HEADER,
      row(),
      row({ number: '1', start: '00:00:50,000', end: '00:00:51,000' }),
    )
    expect(irregular).toEqual([{ kind: 'time-order', file: join(folder, 'dev_sent_emo.csv'), line: 5 }])
    expect(conversations[0]?.utterances.map((u) => u.startMs)).toEqual([10_250, 0])
  })

  it.each([
    ['ends before it starts', [HEADER, row(), row({ number: '1', end: '00:00:59,000' })], 'EMO_TIME_ORDER', 'EndTime'],
    [
      'has an emotion that there is not',
      [HEADER, row(), row({ number: '1', emotion: 'love' })],
      'EMO_LABEL_UNKNOWN',
      'Emotion',
    ],
    ['has a time that is none', [HEADER, row(), row({ number: '1', start: '1 min' })], 'EMO_FILE_FORMAT', 'StartTime'],
    ['has a number that is none', [HEADER, row(), row({ number: 'x' })], 'EMO_FILE_FORMAT', 'Utterance_ID'],
    ['repeats an utterance', [HEADER, row(), row()], 'EMO_FILE_FORMAT', 'Utterance_ID'],
    ['lacks cells', [HEADER, row(), '1,2\n\n'], 'EMO_FILE_FORMAT', 'as many cells'],
  ] as const)('that %s is refused by line and field', async (_, lines, code, field) => {
    await expectError(() => read(...lines), code, 'dev_sent_emo.csv', /cells/.test(field) ? 'line 4' : 'line 5', field)
  })

  it('that lacks a column, a closing quote, a split or itself is refused', async () => {
    await expectError(
      () => read(HEADER.replace('Emotion', 'Feeling'), row()),
      'EMO_FILE_FORMAT',
      'line 1',
      'without Emotion',
    )
    const open = await errorOf(() => read(HEADER, '1,"words that never end'))
    expect([open.code, open.message.includes('words')]).toEqual(['EMO_FILE_FORMAT', false])
    const nameless = join(folder, 'meld.csv')
    await writeFile(nameless, HEADER)
    await expectError(() => collect(readMeld(nameless)), 'EMO_FILE_FORMAT', 'split')
    await expectError(() => collect(readMeld(join(folder, 'test_none.csv'))), 'EMO_FILE_MISSING')
  })
})

describeWithShared('data/meld', 'MELD itself', () => {
  it.each([
    ['train', 1038, 9989, 4710, 1],
    ['dev', 114, 1109, 470, 0],
    ['test', 280, 2610, 1256, 2],
  ])('%s is as published', async (name, dialogues, utterances, neutral, short) => {
    const irregular: MeldIrregularity[] = []
    const path = join(SHARED, `data/meld/${name}_sent_emo.csv`)
    const all = await collect(readMeld(path, { onIrregular: (found) => irregular.push(found) }))
    const every = all.flatMap((c) => c.utterances)
    expect([all.length, every.length]).toEqual([dialogues, utterances])
    expect(every.filter((u) => u.label === 'neutral').length).toBe(neutral)
    expect(all.every((c) => c.utterances.some((u) => u.startMs === 0))).toBe(true)
    const back = all.flatMap((c) => c.utterances.filter((u, i) => u.startMs < (c.utterances[i - 1]?.startMs ?? 0)))
    expect(irregular.filter((found) => found.kind === 'time-order').length).toBe(back.length)
    expect(irregular.filter((found) => found.kind === 'short-milliseconds').length).toBe(short)
    expect(back.length).toBeGreaterThan(0)
  })
})

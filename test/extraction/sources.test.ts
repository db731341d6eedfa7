import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { clipsSource } from '../../src/extraction/clips-source.ts'
import { iemocapSource } from '../../src/extraction/iemocap-source.ts'
import { picturesSource } from '../../src/extraction/pictures-source.ts'
import { ravdessSource } from '../../src/extraction/ravdess-source.ts'
import { expectError } from '../support/errors.ts'
import { SAMPLE } from './support.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emograph-sources-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('the release', () => {
  it("takes a turn's own recording, or its stretch of the dialogue's; sides and channels by its name", async () => {
    const { jobs, remarks } = await iemocapSource(SAMPLE)
    const [first, , third] = jobs
    const file = join(SAMPLE, 'Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav')
    const video = join(SAMPLE, 'Session1/dialog/avi/DivX/Ses01F_impro01.avi')
    expect(first!.media[0]!.slice(0, 2)).toEqual([
      { audio: { file, channel: 0 }, video: { file: video, side: 'left', fromMs: 250, toMs: 1643 } },
      {
        audio: { file: file.replace('F000', 'M000'), channel: 1 },
        video: { file: video, side: 'right', fromMs: 1763, toMs: 2870 },
      },
    ])
    const { id, startMs, endMs } = third!.conversations[0]!.utterances[0]!
    const dialog = join(SAMPLE, 'Session3/dialog/wav/Ses03M_impro05a.wav')
    expect([id, third!.media[0]![0]]).toEqual([
      'Ses03M_impro05a_F000',
      { audio: { file: dialog, channel: 1, fromMs: startMs, toMs: endMs } },
    ])
    expect(remarks).toHaveLength(3)
  })

  it('says what of it is not there', async () => {
    await cp(join(SAMPLE, 'Session1/dialog'), join(folder, 'Session1/dialog'), { recursive: true })
    await cp(join(SAMPLE, 'Session5/dialog'), join(folder, 'Session5/dialog'), { recursive: true })
    await writeFile(join(folder, 'Session1/dialog/transcriptions/Ses01F_impro02.txt'), '')
    const { remarks } = await iemocapSource(folder)
    const unrated = '1 × a transcribed dialogue without its file in EmoEvaluation: left out'
    expect(remarks).toEqual(expect.arrayContaining([expect.stringContaining('Session3 is not there'), unrated]))
    expect((await iemocapSource(folder, { split: 'test' })).remarks.join()).not.toMatch(/Session[1-4]/)
  })
})

describe('loose clips', () => {
  const write = async (list: string, clips: readonly string[] = ['a.wav', 'b.mp4', 'c.mp4']) => {
    await writeFile(join(folder, 'clips.tsv'), list)
    for (const clip of clips) await writeFile(join(folder, clip), 'x')
  }

  it('a list with a conversation, channels, sides; what it does not name is counted', async () => {
    await write(
      'file\tconversation\tspeaker\ttext\tlabel\tsplit\tstart_ms\tend_ms\tchannel\tside\n' +
        'a.wav\ttalk\tAna\tDid you "see" it?\tneu\ttest\t0\t900\t1\t\n' +
        'b.mp4\ttalk\tBen\t\t\ttest\t1000\t1500\t\tnone\n' +
        'c.mp4\t\t\t\texc\t\t\t\t\tleft\n',
      ['a.wav', 'b.mp4', 'c.mp4', 'd.flac', 'notes.txt'],
    )
    const { jobs, remarks } = await clipsSource(folder)
    expect(jobs.map(({ id, conversations }) => [id, conversations[0]])).toEqual([
      [
        'talk',
        {
          id: 'talk',
          labelSet: 'iemocap6',
          split: 'test',
          utterances: [
            { id: 'a', speaker: 'Ana', startMs: 0, endMs: 900, text: 'Did you "see" it?', label: 'neu', features: {} },
            { id: 'b', speaker: 'Ben', startMs: 1000, endMs: 1500, label: null, features: {} },
          ],
        },
      ],
      [
        'c',
        {
          id: 'c',
          labelSet: 'iemocap6',
          utterances: [{ id: 'c', speaker: 'speaker', startMs: 0, endMs: 1000, label: 'exc', features: {} }],
        },
      ],
    ])
    const at = (name: string) => join(folder, name)
    expect(jobs.map(({ media }) => media[0])).toEqual([
      [{ audio: { file: at('a.wav'), channel: 1 } }, { audio: { file: at('b.mp4'), channel: 'mix' } }],
      [{ audio: { file: at('c.mp4'), channel: 'mix' }, video: { file: at('c.mp4'), side: 'left' } }],
    ])
    expect(remarks).toEqual(['1 clips of the folder are not in the list and were left out'])
  })

  it.each([
    ['file\tfilm\na.wav\tx\n', 'EMO_FILE_FORMAT', 'line 2'],
    ['file\tstart_ms\na.wav\tsoon\n', 'EMO_FILE_FORMAT', 'field start_ms'],
    ['file\tstart_ms\tend_ms\na.wav\t900\t100\n', 'EMO_TIME_ORDER', 'line 2'],
    ['file\tlabel\na.wav\tglad\n', 'EMO_LABEL_UNKNOWN', 'line 2, field label'],
    ['file\ttext\na.wav\n', 'EMO_FILE_FORMAT', 'tab-separated cells'],
    ['file\nz.wav\n', 'EMO_FILE_MISSING', 'z.wav'],
    ['file\na.wav\na.mp4\n', 'EMO_FILE_FORMAT', 'line 3, field id'],
    ['file\tconversation\tid\na.wav\tx\t1\nb.mp4\tx\t1\n', 'EMO_FILE_FORMAT', 'line 3, field id'],
  ] as const)('a broken list: %j', async (list, code, part) => {
    await write(list)
    await expectError(() => clipsSource(folder), code, part)
  })

  it('no list', async () => {
    await expectError(() => clipsSource(folder), 'EMO_FILE_MISSING', 'clips.tsv')
  })
})

it('RAVDESS by its names: an actor a job, a recording a conversation, labels of MELD', async () => {
  for (const [actor, name] of [
    ['01', '03-01-05-02-01-01-01.wav'],
    ['01', '01-01-02-01-02-01-01.mp4'],
    ['11', '02-01-04-01-02-01-11.mp4'],
    ['11', 'readme.wav'],
  ]) {
    await mkdir(join(folder, `Actor_${actor}`), { recursive: true })
    await writeFile(join(folder, `Actor_${actor}`, name!), 'x')
  }
  const { jobs } = await ravdessSource(folder)
  const rows = jobs.map(({ id, conversations, media }) => [
    id,
    conversations.map(({ split, utterances: [utterance] }, c) => [
      ...[split, utterance!.speaker, utterance!.label, utterance!.text],
      ...[Object.keys(media[c]![0]!)],
    ]),
  ])
  expect(rows).toEqual([
    [
      'actor-01',
      [
        ['train', 'actor 1', null, 'Dogs are sitting by the door.', ['audio', 'video']],
        ['train', 'actor 1', 'anger', 'Kids are talking by the door.', ['audio']],
      ],
    ],
    ['actor-11', [['test', 'actor 11', 'sadness', 'Dogs are sitting by the door.', ['video']]]],
  ])
})

describe('pictures of faces', () => {
  const write = async (...names: string[]) => {
    for (const name of names) {
      await mkdir(join(folder, name, '..'), { recursive: true })
      await writeFile(join(folder, name), 'x')
    }
  }

  it('a picture a conversation, labels of MELD, a job for some hundreds', async () => {
    const many = Array.from({ length: 300 }, (_, k) => `train/sad/${1000 + k}.png`)
    await write('train/happy/1.jpg', 'validation/anger/2.jpg', 'train/happy/notes.txt', ...many)
    const { jobs } = await picturesSource(folder)
    const all = jobs.flatMap(({ conversations, media }) =>
      conversations.map(({ id, split, labelSet, utterances: [utterance] }, c) => {
        expect(media[c]).toEqual([{ picture: { file: join(folder, id) } }])
        return [id, split, labelSet, utterance!.label].join()
      }),
    )
    expect(jobs.length).toBe(2)
    expect(new Set(all)).toEqual(
      new Set([
        ...['train/happy/1.jpg,train,meld7,joy', 'validation/anger/2.jpg,val,meld7,anger'],
        ...many.map((name) => `${name},train,meld7,sadness`),
      ]),
    )
  })

  it('a folder that is no emotion', async () => {
    await write('train/bored/1.jpg')
    await expectError(() => picturesSource(folder), 'EMO_LABEL_UNKNOWN', 'bored')
  })
})

import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFakeTextEncoder } from '../../src/encoders/text/fake-text-encoder.ts'
import { isIemocapFeatures, lacksTextFeatures, readConversations, withTextFeatures } from '../../src/training/data.ts'
import { prepareTrainingData } from '../../src/training/training-data.ts'
import { syntheticConversations } from './synthetic.ts'
import { tinyConfig } from './tiny-config.ts'

const SHARED = process.env.EMOGRAPH_SHARED ?? resolve(import.meta.dirname, '../../../shared')
const IEMOCAP = join(SHARED, 'data/iemocap/iemocap6_dialogues.jsonl')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emograph-data-'))
})
afterAll(() => rm(folder, { recursive: true }))

const utterance = (id: string, text?: string) => ({ id, speaker: 'A', startMs: 0, endMs: 1, label: 'hap', text })

describe('readConversations', () => {
  it('reads our JSONL', async () => {
    const file = join(folder, 'ours.jsonl')
    await writeFile(file, `${JSON.stringify({ id: 'c1', split: 'train', utterances: [utterance('u1')] })}\n`)
    expect(await isIemocapFeatures(file)).toBe(false)
    const [conversation] = await readConversations(file, { labelSet: 'iemocap4' })
    expect(conversation).toMatchObject({ id: 'c1', labelSet: 'iemocap4' })
  })

  it.skipIf(!existsSync(IEMOCAP))('tells the IEMOCAP feature set by its first line, and takes its splits', async () => {
    expect(await isIemocapFeatures(IEMOCAP)).toBe(true)
    const test = await readConversations(IEMOCAP, { labelSet: 'iemocap6', split: 'test' })
    expect(test.length).toBe(31)
    expect(test.reduce((sum, { utterances }) => sum + utterances.length, 0)).toBe(1623)
    await expect(readConversations(IEMOCAP, { labelSet: 'meld7' })).rejects.toMatchObject({
      code: 'EMO_CONFIG_INVALID',
    })
  })
})

it('withTextFeatures encodes words without features, and leaves the rest alone', async () => {
  const given = Float32Array.of(1, 2)
  const conversations = [
    {
      id: 'c',
      utterances: [
        { ...utterance('a', 'first words'), features: {} },
        { ...utterance('b', 'other words'), features: { text: given } },
        { ...utterance('c'), features: { audio: given } },
        { ...utterance('d', 'last words'), features: {} },
      ],
    },
  ]
  const encoder = createFakeTextEncoder({ size: 5 })
  expect(lacksTextFeatures(conversations)).toBe(true)
  const [{ utterances } = { utterances: [] }] = await withTextFeatures(conversations, encoder)
  expect(lacksTextFeatures([{ id: 'c', utterances }])).toBe(false)
  const [a, , , d] = utterances.map(({ features }) => features.text)
  expect([a, d]).toEqual(await encoder.encode(['first words', 'last words']))
  expect(utterances[1]!.features.text).toBe(given)
  expect(utterances[2]!.features.text).toBeUndefined()
})

describe('prepareTrainingData', () => {
  it('takes feature sizes from the data and statistics from the training split alone', () => {
    const conversations = syntheticConversations({ conversations: 12 })
    const data = prepareTrainingData(tinyConfig(), conversations)
    expect(data.model.featureSizes).toEqual({ text: 16, audio: 6 })
    const training = conversations.filter(({ split }) => split === 'train')
    expect(prepareTrainingData(tinyConfig(), [...training, conversations[1]!]).normalisation).toEqual(
      data.normalisation,
    )
    expect(data.splits.train).toHaveLength(training.length)
  })

  it('learns from the dev split too when told to, with the statistics of the training split', () => {
    const conversations = syntheticConversations({ conversations: 12 })
    const config = tinyConfig({ data: { path: 'x', labelSet: 'iemocap4', learnFromDev: true }, keep: 'last' })
    const data = prepareTrainingData(config, conversations)
    const ids = (split: string) => conversations.filter((each) => each.split === split).map(({ id }) => id)
    expect(data.splits.train.map(({ id }) => id)).toEqual([...ids('train'), ...ids('val')])
    expect(data.splits.val).toEqual([])
    expect(data.normalisation).toEqual(prepareTrainingData(tinyConfig(), conversations).normalisation)
  })

  it('says which split has no labels', () => {
    const training = syntheticConversations({ conversations: 12 }).filter(({ split }) => split === 'train')
    expect(() => prepareTrainingData(tinyConfig(), training)).toThrow(/EMO_DATA_EMPTY.*split val/)
  })
})

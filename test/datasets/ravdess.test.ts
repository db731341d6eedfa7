import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseRavdessName, RAVDESS_EMOTIONS, readRavdess } from '../../src/datasets/ravdess.ts'
import { expectError } from '../support/errors.ts'
import { describeWithShared, SHARED } from '../support/shared-data.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emograph-ravdess-'))
})
afterAll(() => rm(folder, { recursive: true }))

const two = (value: number): string => String(value).padStart(2, '0')

describe('parseRavdessName', () => {
  it('reads back what a name is written of', () => {
    const numbers = fc.record({
      emotion: fc.integer({ min: 1, max: 8 }),
      intensity: fc.integer({ min: 1, max: 2 }),
      statement: fc.integer({ min: 1, max: 2 }),
      repetition: fc.integer({ min: 1, max: 2 }),
      actor: fc.integer({ min: 1, max: 24 }),
    })
    fc.assert(
      fc.property(
        numbers,
        fc.constantFrom('01', '02', '03'),
        fc.constantFrom('.wav', '.flac', '.mp4'),
        (n, kind, end) => {
          const name = [kind, '01', ...[n.emotion, n.intensity, n.statement, n.repetition, n.actor].map(two)].join('-')
          expect(parseRavdessName(`Actor_${two(n.actor)}/${name}${end}`)).toEqual({
            ...n,
            emotion: RAVDESS_EMOTIONS[n.emotion - 1],
            intensity: n.intensity === 1 ? 'normal' : 'strong',
          })
        },
      ),
    )
  })

  it.each([
    '03-01-09-01-01-01-01.wav',
    '03-01-00-01-01-01-01.wav',
    '03-01-01-01-01-01-25.wav',
    '03-01-01-01-01-01.wav',
    '03-01-01-01-01-01-01',
    'x03-01-01-01-01-01-01.wav',
  ])('%s is no such name', (name) => {
    expect(parseRavdessName(name)).toBeUndefined()
  })
})

it('reads folders of actors and passes over everything else', async () => {
  for (const actor of ['01', '02']) await mkdir(join(folder, `Actor_${actor}`))
  await writeFile(join(folder, 'Actor_01', '03-01-05-02-01-01-01.wav'), 'a')
  await writeFile(join(folder, 'Actor_02', '03-01-01-01-02-01-02.wav'), 'b')
  await writeFile(join(folder, 'Actor_02', 'notes.txt'), '')
  await writeFile(join(folder, 'Actor_02', '._03-01-01-01-02-01-02.wav'), '')
  const { labels, items } = await readRavdess(folder)
  expect(labels).toEqual(RAVDESS_EMOTIONS)
  expect(items.map(({ label, person }) => [label, person])).toEqual([
    ['angry', '01'],
    ['neutral', '02'],
  ])
  expect(Buffer.from(await items[1]!.read()).toString()).toBe('b')
})

it('says when there is nothing', async () => {
  await expectError(() => readRavdess(join(folder, 'none')), 'EMO_FILE_MISSING')
  await mkdir(join(folder, 'empty'))
  await expectError(() => readRavdess(join(folder, 'empty')), 'EMO_DATA_EMPTY')
})

describeWithShared('data/ravdess', 'the corpus', () => {
  it('has twelve actors and all eight emotions', async () => {
    const { items } = await readRavdess(join(SHARED, 'data/ravdess'))
    expect(items).toHaveLength(704)
    expect(new Set(items.map(({ person }) => person)).size).toBe(12)
    expect(new Set(items.map(({ label }) => label))).toEqual(new Set(RAVDESS_EMOTIONS))
  })
})

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { pack } from 'tar-stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFer2013 } from '../../src/datasets/fer2013.ts'
import { AUDIO_EXTENSIONS, IMAGE_EXTENSIONS, readLabelledFolder } from '../../src/datasets/labelled-folder.ts'
import { readLabelledList } from '../../src/datasets/labelled-list.ts'
import { labelledPath } from '../../src/datasets/labelled-path.ts'
import { readLabelledTar } from '../../src/datasets/labelled-tar.ts'
import { collect } from '../support/collect.ts'
import { expectError } from '../support/errors.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emograph-labelled-'))
})
afterAll(() => rm(folder, { recursive: true }))

const PATHS = ['train/happy/2.jpg', 'train/sad/1.jpg', 'validation/happy/3.jpg']
const EXPECTED = [
  { id: 'train/happy/2.jpg', label: 'happy', split: 'train' },
  { id: 'train/sad/1.jpg', label: 'sad', split: 'train' },
  { id: 'validation/happy/3.jpg', label: 'happy', split: 'val' },
]

describe('a folder and a tar file of the same paths', () => {
  it('say the same', async () => {
    const dir = join(folder, 'tree')
    const archive = pack()
    for (const path of PATHS) {
      await mkdir(join(dir, path, '..'), { recursive: true })
      await writeFile(join(dir, path), path)
      archive.entry({ name: `./${path}` }, path)
    }
    archive.entry({ name: 'README.txt' }, 'no picture')
    archive.entry({ name: 'loose.jpg' }, 'of no class')
    archive.finalize()
    const tar = join(folder, 'tree.tar')
    await writeFile(tar, Buffer.concat(await collect(archive as AsyncIterable<Uint8Array>)))
    await writeFile(join(dir, 'loose.jpg'), 'of no class')

    const [fromFolder, fromTar] = [await readLabelledFolder(dir, IMAGE_EXTENSIONS), await readLabelledTar(tar)]
    for (const set of [fromFolder, fromTar]) {
      expect(set.labels).toEqual(['happy', 'sad'])
      expect(set.items.map(({ id, label, split }) => ({ id: id.replace('./', ''), label, split }))).toEqual(EXPECTED)
      for (const [k, item] of set.items.entries()) expect(Buffer.from(await item.read()).toString()).toBe(PATHS[k])
    }
  })

  it('say what is wrong', async () => {
    await expectError(
      () => readLabelledFolder(join(folder, 'tree'), AUDIO_EXTENSIONS),
      'EMO_DATA_EMPTY',
      'docs/recognisers.md',
    )
    await expectError(() => readLabelledTar(join(folder, 'none.tar')), 'EMO_FILE_MISSING')
    const broken = join(folder, 'broken.tar')
    await writeFile(broken, Buffer.alloc(2000, 7))
    await expectError(() => readLabelledTar(broken), 'EMO_FILE_FORMAT', 'broken.tar')
  })
})

describe('labelledPath', () => {
  it.each([
    ['a/b/happy/1.wav', { label: 'happy' }],
    ['Training/happy/1.wav', { label: 'happy', split: 'train' }],
    ['test\\sad\\1.wav', { label: 'sad', split: 'test' }],
    ['1.wav', undefined],
  ])('%s', (path, expected) => {
    expect(labelledPath(path)).toEqual(expected)
  })
})

describe('readLabelledList', () => {
  it('reads path, label, split, person', async () => {
    const list = join(folder, 'list.tsv')
    await writeFile(join(folder, 'a.wav'), 'sound')
    await writeFile(list, '# comment\na.wav\thappy\ttrain\tann\n\nb.wav\tsad\t\tbob\nc.wav\tsad\n')
    const { labels, items } = await readLabelledList(list)
    expect(labels).toEqual(['happy', 'sad'])
    expect(items).toMatchObject([
      { id: 'a.wav', label: 'happy', split: 'train', person: 'ann', file: join(folder, 'a.wav') },
      { id: 'b.wav', label: 'sad', person: 'bob' },
      { id: 'c.wav', label: 'sad' },
    ])
    expect(Buffer.from(await items[0]!.read()).toString()).toBe('sound')
    await expectError(() => items[1]!.read(), 'EMO_FILE_MISSING', 'list.tsv', 'line 4')
  })

  it.each([
    ['only-a-path\n', 'line 1'],
    ['a\tb\nc\td\telsewhere\n', 'line 2'],
    ['a\tb\ttrain\tann\tmore\n', 'line 1'],
  ])('%j is refused by line', async (content, place) => {
    const list = join(folder, 'wrong.tsv')
    await writeFile(list, content)
    await expectError(() => readLabelledList(list), 'EMO_FILE_FORMAT', place)
  })
})

describe('readFer2013', () => {
  const pixels = Array.from({ length: 48 * 48 }, (_, k) => k % 256)
  const row = (emotion: string, values: readonly number[], usage: string) => `${emotion},${values.join(' ')},${usage}`

  it('gives the pixels as pictures', async () => {
    const file = join(folder, 'fer.csv')
    const rows = [row('3', pixels, 'Training'), row('6', pixels, 'PublicTest'), row('0', pixels, 'PrivateTest')]
    await writeFile(file, ['emotion,pixels,Usage', ...rows].join('\n'))
    const { items } = await readFer2013(file)
    expect(items.map(({ label, split }) => [label, split])).toEqual([
      ['happy', 'train'],
      ['neutral', 'val'],
      ['angry', 'test'],
    ])
    const raw = await sharp(await items[0]!.read())
      .greyscale()
      .raw()
      .toBuffer()
    expect([...raw]).toEqual(pixels)
  })

  it.each([
    ['emotion', row('7', pixels, 'Training'), 'got another'],
    ['Usage', row('1', pixels, 'Other'), 'got another'],
    ['pixels', row('1', pixels.slice(1), 'Training'), 'got 2303'],
    ['pixels', row('1', [...pixels.slice(1), 256], 'Training'), 'got another number'],
  ])('names the field %s and the line', async (field, line, got) => {
    const file = join(folder, 'wrong.csv')
    await writeFile(file, `emotion,pixels,Usage\n${line}\n`)
    await expectError(() => readFer2013(file), 'EMO_FILE_FORMAT', `field ${field}`, 'line 2', got)
  })
})

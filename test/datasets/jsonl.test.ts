import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Conversation } from '../../src/conversation/conversation.ts'
import { readJsonl } from '../../src/datasets/jsonl.ts'
import { writeJsonl } from '../../src/datasets/jsonl-writer.ts'
import { encodeFloat32 } from '../../src/float32.ts'
import { collect } from '../support/collect.ts'
import { conversations } from '../support/conversations.ts'
import { errorOf, expectError } from '../support/errors.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emograph-jsonl-'))
})
afterAll(() => rm(folder, { recursive: true }))

const utterance = { id: 'u0', speaker: 'a', startMs: 0, endMs: 900 }
async function file(...lines: unknown[]): Promise<string> {
  const path = join(folder, 'case.jsonl')
  await writeFile(path, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'))
  return path
}
const read = (path: string, options = {}) => collect(readJsonl(path, options))

/** JSON has no -0: as a feature it is the same number. */
const positiveZero = (all: readonly Conversation[]) =>
  all.map((c) => ({
    ...c,
    utterances: c.utterances.map((u) => ({
      ...u,
      features: Object.fromEntries(Object.entries(u.features).map(([m, v]) => [m, Array.from(v, (x) => x + 0)])),
    })),
  }))

describe('the JSONL format', () => {
  it.each(['inline', 'sidecar'] as const)(
    'gives back what was written, bit for bit, with %s features',
    async (form) => {
      await fc.assert(
        fc.asyncProperty(conversations, async (all) => {
          const path = join(folder, `${form}.jsonl`)
          expect(await writeJsonl(path, all, { features: form })).toBe(all.length)
          expect(positiveZero(await read(path))).toEqual(positiveZero(all))
        }),
        { numRuns: 60 },
      )
    },
  )

  it('keeps the split that is asked for', async () => {
    await fc.assert(
      fc.asyncProperty(conversations, async (all) => {
        const path = join(folder, 'split.jsonl')
        await writeJsonl(path, all)
        const ids = (await read(path, { split: 'val' })).map((c) => c.id)
        expect(ids).toEqual(all.filter((c) => c.split === 'val').map((c) => c.id))
      }),
      { numRuns: 20 },
    )
  })

  it('leaves nothing behind under its name when writing is cut off', async () => {
    const home = await mkdtemp(join(folder, 'cut-'))
    const source = function* () {
      yield { id: 'c', utterances: [{ ...utterance, label: null, features: { audio: Float32Array.of(1) } }] }
      throw new Error('cut off')
    }
    await expect(writeJsonl(join(home, 'x.jsonl'), source(), { features: 'sidecar' })).rejects.toThrow('cut off')
    expect(await readdir(home)).toEqual([])
  })

  it('reads the lines and the sidecar that docs/formats.md shows', async () => {
    const docs = await readFile(join(import.meta.dirname, '../../docs/formats.md'), 'utf8')
    const example = /```jsonl\n([\s\S]*?)```/.exec(docs)?.[1]
    expect(example).toBeDefined()
    await writeFile(join(folder, 'audio66.f32'), encodeFloat32(Float32Array.from({ length: 66 * 13 }, (_, i) => i)))
    const [conversation] = await read(await file(example))
    expect(conversation?.utterances[0]?.features.text).toHaveLength(3)
    expect(conversation?.utterances[1]?.features.audio?.[0]).toBe(66 * 12)
  })

  it('skips blank lines and a byte order mark, and takes CRLF', async () => {
    const path = await file(`\uFEFF${JSON.stringify({ id: 'a', utterances: [] })}\r`, '', { id: 'b', utterances: [] })
    expect((await read(path)).map((c) => c.id)).toEqual(['a', 'b'])
  })
})

describe('a JSONL file with a fault', () => {
  const of = (change: object) => ({
    id: 'c',
    labelSet: 'iemocap6',
    utterances: [utterance, { ...utterance, id: 'u1', ...change }],
  })
  const cases: [string, unknown, Parameters<typeof expectError>[1], string][] = [
    ['ends before it starts', of({ endMs: -0, startMs: 5 }), 'EMO_TIME_ORDER', 'utterances[1].endMs'],
    ['has a label outside the set', of({ label: 'joy' }), 'EMO_LABEL_UNKNOWN', 'utterances[1].label'],
    [
      'has labels and no label set',
      { id: 'c', utterances: [{ ...utterance, label: 'hap' }] },
      'EMO_LABEL_UNKNOWN',
      'utterances[0].label',
    ],
    ['has a time in fractions', of({ endMs: 900.5 }), 'EMO_CONVERSATION_INVALID', 'utterances[1].endMs'],
    ['has no speaker', of({ speaker: '' }), 'EMO_CONVERSATION_INVALID', 'utterances[1].speaker'],
    ['has a mistyped key', of({ featurs: {} }), 'EMO_CONVERSATION_INVALID', 'featurs'],
    [
      'has features that are words',
      of({ features: { audio: ['x'] } }),
      'EMO_CONVERSATION_INVALID',
      'utterances[1].features.audio',
    ],
    [
      'names a modality that there is not',
      of({ features: { smell: [1] } }),
      'EMO_CONVERSATION_INVALID',
      'utterances[1].features',
    ],
    ['repeats an utterance', of({ id: 'u0' }), 'EMO_CONVERSATION_INVALID', 'utterances[1].id'],
    [
      'leads out of its folder',
      of({ features: { audio: { file: '../x.f32', columns: 1, row: 0 } } }),
      'EMO_CONVERSATION_INVALID',
      'utterances[1].features.audio',
    ],
    [
      'points to no file',
      of({ features: { audio: { file: 'no.f32', columns: 1, row: 0 } } }),
      'EMO_FILE_MISSING',
      'no.f32',
    ],
    ['is no JSON', '{"id": "a secret', 'EMO_FILE_FORMAT', 'not JSON'],
  ]
  it.each(cases)('that %s is refused by file, line and field', async (_, line, code, field) => {
    const path = await file({ id: 'first', utterances: [] }, line)
    await expectError(() => read(path), code, field, ...(code === 'EMO_FILE_MISSING' ? [] : [path, 'line 2']))
  })

  it('names sizes that differ within the file, and from the declared ones', async () => {
    const features = (n: number) => ({ ...utterance, features: { audio: Array(n).fill(0) } })
    const path = await file({ id: 'a', utterances: [features(3)] }, { id: 'b', utterances: [features(2)] })
    await expectError(() => read(path), 'EMO_FEATURE_SIZE', 'line 2', 'expected 3 numbers', 'got 2 numbers')
    await expectError(() => read(path, { featureSizes: { audio: 66 } }), 'EMO_FEATURE_SIZE', 'line 1', '66')
  })

  it('names a sidecar that is cut off, and a row beyond it', async () => {
    await writeFile(join(folder, 'side.f32'), Buffer.alloc(4 * 5))
    const ref = (columns: number, row: number) => of({ features: { audio: { file: 'side.f32', columns, row } } })
    await expectError(async () => read(await file(ref(2, 0))), 'EMO_FEATURE_SIZE', 'line 1', '20 bytes')
    await expectError(async () => read(await file(ref(5, 1))), 'EMO_FEATURE_SIZE', 'line 1', 'row below 1')
  })

  it('never quotes words', async () => {
    const words = 'the words that nobody may read'
    for (const change of [{ text: 7, speaker: words, id: 4 }, { text: words, label: words }, { text: [words] }]) {
      expect((await errorOf(async () => read(await file(of(change))))).message).not.toContain('nobody')
    }
    const broken = await errorOf(async () => read(await file(`{"text": "${words}`)))
    expect(broken.message + String(broken.cause)).not.toContain('nobody')
  })

  it('is missing', async () => {
    await expectError(() => read(join(folder, 'none.jsonl')), 'EMO_FILE_MISSING', 'none.jsonl')
  })
})

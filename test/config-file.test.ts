import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { z } from 'zod'
import { mergeConfig, parseConfig, readConfigTree } from '../src/config-file.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emograph-config-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function written(text: string): Promise<string> {
  const file = join(folder, 'config.yaml')
  await writeFile(file, text)
  return file
}

const trees = fc.dictionary(
  fc.stringMatching(/^[a-z]{1,3}$/),
  fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.string(), fc.boolean(), fc.array(fc.integer()), tie('tree')),
    tree: fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), tie('value'), { maxKeys: 3 }),
  })).value,
  { maxKeys: 4, noNullPrototype: true },
)

test('what was written is what is read', async () => {
  await fc.assert(
    fc.asyncProperty(trees, async (tree) => {
      const plain: unknown = JSON.parse(JSON.stringify(tree))
      expect(await readConfigTree(await written(stringify(plain)))).toEqual(plain)
    }),
    { numRuns: 50 },
  )
  expect(await readConfigTree(await written(''))).toEqual({})
})

test('errors name the file, the line or the field', async () => {
  const schema = z.strictObject({ port: z.int(), limits: z.strictObject({ sessions: z.int().positive() }).optional() })
  await expect(readConfigTree(join(folder, 'absent.yaml'))).rejects.toMatchObject({ code: 'EMO_FILE_MISSING' })
  await expect(readConfigTree(await written('a: 1\nb: [\n'))).rejects.toThrow(
    /EMO_CONFIG_INVALID at .*config.yaml, line 3/,
  )
  await expect(readConfigTree(await written('- 1\n'))).rejects.toMatchObject({ code: 'EMO_CONFIG_INVALID' })
  expect(() => parseConfig(schema, { port: 'x' }, 'f.yaml')).toThrow(
    'EMO_CONFIG_INVALID at f.yaml, field port: expected number, got a string.',
  )
  expect(() => parseConfig(schema, { port: 1, limits: { sessions: 0 } })).toThrow(/number to be >0, got 0\./)
  expect(() => parseConfig(schema, {})).toThrow(/field port: expected number, got nothing\./)
  expect(() => parseConfig(z.object({ hash: z.string().regex(/^a+$/) }), { hash: 'secret' })).toThrow(
    /field hash: expected a string of the form \/\^a\+\$\/, got a string\./,
  )
  expect(() => parseConfig(schema, { port: 1, limits: { session: 3 } })).toThrow(/at field limits.session: .*unknown/)
  expect(() => parseConfig(schema, null)).toThrow(/at field configuration/)
})

test('one tree over another: every field of the upper one holds, every other field of the lower one too', () => {
  fc.assert(
    fc.property(trees, trees, (under, over) => {
      const merged = mergeConfig(under, over)
      expect(mergeConfig(merged, over)).toEqual(merged)
      expect(mergeConfig(under, {})).toEqual({ ...under })
      expect(mergeConfig({}, over)).toEqual({ ...over })
      for (const field of Object.keys(over))
        if (typeof over[field] !== 'object' || Array.isArray(over[field]))
          expect((merged as Record<string, unknown>)[field]).toEqual(over[field])
      for (const field of Object.keys(under))
        if (!Object.hasOwn(over, field)) expect((merged as Record<string, unknown>)[field]).toEqual(under[field])
    }),
  )
  expect(mergeConfig({ a: { b: 1, c: [1, 2] } }, { a: { b: undefined, c: [3] } })).toEqual({ a: { b: 1, c: [3] } })
})

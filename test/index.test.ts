import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as emograph from '../src/index.ts'
import { writeTestCheckpoint } from './server/test-checkpoint.ts'

test("the examples of the public API's doc comment run as they stand", async () => {
  const comment =
    /\/\*\*[\s\S]*?\*\//.exec(readFileSync(new URL('../src/index.ts', import.meta.url), 'utf8'))?.[0] ?? ''
  const { dir, remove } = await writeTestCheckpoint()
  const program = comment
    .split('\n')
    .slice(1, -1)
    .map((line) => line.replace(/^ \* ?/, ''))
    .filter((line) => !/^(Emograph:|@example|import )/.test(line))
    .join('\n')
    .replace("'node_modules/emograph/models/emograph-iemocap6'", JSON.stringify(dir))
  const imported = [...comment.matchAll(/import \{ (.*) \} from 'emograph'/g)].flatMap((match) => match[1]!.split(', '))
  expect(imported.toSorted()).toEqual(['connect', 'loadServedModel', 'startServer'])

  const printed: unknown[] = []
  const AsyncFunction = (async () => {}).constructor as new (...source: string[]) => (...values: unknown[]) => unknown
  const run = new AsyncFunction('console', ...imported, program)
  await run({ log: (value: unknown) => printed.push(value) }, ...imported.map((name) => Reflect.get(emograph, name)))
  expect(printed[0]).toHaveLength(6)
  expect(emograph.LABEL_SETS.iemocap6).toContain(printed[1])
  await remove()
})
